"""Validating a raw folder: every problem is listed, nothing is written."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from typer.testing import CliRunner

from mmcli.cli.app import app


def png(value: int = 0) -> bytes:
    packed = io.BytesIO()
    Image.fromarray(np.full((8, 8, 3), value, np.uint8)).save(packed, "PNG")
    return packed.getvalue()


def wav() -> bytes:
    packed = io.BytesIO()
    soundfile.write(packed, np.sin(np.arange(4000) * 0.3).astype(np.float32) * 0.5, 8000, format="WAV")
    return packed.getvalue()


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    rows = []
    for i in range(6):
        (folder / f"{i}.png").write_bytes(png(i))
        (folder / f"{i}.wav").write_bytes(wav())
        rows.append({"id": f"r{i}", "label": str(i % 2), "split": "train", "photo_file_name": f"{i}.png", "sound_file_name": f"{i}.wav"})
    write(folder, rows)
    return folder


def write(folder: Path, rows: list[dict[str, object]]) -> None:
    (folder / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))


def rows_of(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "metadata.jsonl").read_text().split("\n")]


def run(*words: object) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["validate", *map(str, words)])
    return result.exit_code, result.stdout, result.stderr


def snapshot(folder: Path) -> dict[str, tuple[int, int]]:
    return {str(p): (p.stat().st_size, p.stat().st_mtime_ns) for p in folder.parent.rglob("*")}


def test_a_sound_folder_passes(raw: Path) -> None:
    before = snapshot(raw)
    code, out, _ = run(raw)
    assert code == 0
    assert "no problems in 6 records (metadata): 6 photo, 6 sound" in out
    assert snapshot(raw) == before


def test_every_problem_is_listed_with_file_record_and_reason(raw: Path) -> None:
    rows = rows_of(raw)
    (raw / "1.png").write_bytes(b"")
    (raw / "2.wav").write_text("no sound")
    (raw / "spare\x1b[31m.png").write_bytes(png())
    write(raw, [*rows, {"id": "r0"}, {"id": "r9", "photo_file_name": "../secret.png", "sound_file_name": "gone.wav"}])
    before = snapshot(raw)
    code, out, err = run(raw)
    assert code == 3
    for words in (
        ("1.png", "r1", "IMG_EMPTY"),
        ("2.wav", "r2", "AUD_UNIDENTIFIED"),
        ("metadata.jsonl:7", "r0", "DUP_ID"),
        ("metadata.jsonl:8 ../secret.png", "r9", "PATH_REFUSED"),
        ("metadata.jsonl:8 gone.wav", "r9", "NOT_FOUND"),
        ("UNPAIRED",),
    ):
        assert any(all(word in line for word in words) for line in out.splitlines()), words
    assert "\x1b" not in out + err
    assert "error: 6 items cannot be used" in err
    assert snapshot(raw) == before


def test_json_is_the_only_thing_on_stdout(raw: Path) -> None:
    (raw / "1.png").write_bytes(b"")
    code, out, _ = run(raw, "--json")
    body = json.loads(out)
    assert code == 3
    assert (body["usable"], body["codes"], body["fields"]["photo"]["present"]) == (False, {"IMG_EMPTY": 1}, 5)
    assert body["problems"][0]["path"] == "1.png"


def test_equal_files_in_two_splits_are_a_warning(raw: Path) -> None:
    rows = rows_of(raw)
    (raw / "copy.png").write_bytes(png(0))
    write(raw, [*rows, {"id": "copy", "split": "test", "photo_file_name": "copy.png"}])
    code, _, err = run(raw)
    assert code == 0
    assert "photo: 1 file is in more than one split with the same content" in err


def test_the_preprocess_table_of_a_configuration_holds(raw: Path) -> None:
    (raw.parent / "c.toml").write_text("[preprocess]\nmin_side = 64\n")
    code, out, _ = run(raw, "--config", raw.parent / "c.toml", "-q")
    assert code == 3
    assert out.count("IMG_TOO_SMALL") == 6


@pytest.mark.parametrize(("words", "code"), [(["missing"], 3), (["raw", "--format", "zip"], 2), (["raw", "--format", "coco"], 3)])
def test_what_cannot_be_read_ends_with_its_code(raw: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int) -> None:
    monkeypatch.chdir(raw.parent)
    assert run(*words)[0] == code


def test_a_table_of_texts_by_itself(tmp_path: Path) -> None:
    (tmp_path / "jokes.csv").write_text("joke\nWhy?\nBecause.\n")
    done = CliRunner().invoke(app, ["validate", str(tmp_path / "jokes.csv"), "-q"])
    assert (done.exit_code, done.stdout) == (0, "no problems in 2 records (tables): 2 joke\n")


def test_a_file_that_is_no_table_is_refused_in_three_lines(tmp_path: Path) -> None:
    (tmp_path / "joke.txt").write_text("Why?")
    done = CliRunner().invoke(app, ["validate", str(tmp_path / "joke.txt"), "-q"])
    assert done.exit_code == 3
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["error", "where", "fix"]
    assert "a table (.csv, .tsv, .jsonl, .json, .parquet)" in done.stderr
