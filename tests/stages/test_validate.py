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


def flac(pitch: int) -> bytes:
    packed = io.BytesIO()
    soundfile.write(packed, np.sin(np.arange(4000) * (0.1 + 0.01 * pitch)).astype(np.float32) * 0.5, 16000, format="FLAC")
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


def test_items_and_not_their_windows_are_counted_as_preprocess_does(tmp_path: Path) -> None:
    root = plant(tmp_path / "raw", {"long.wav": wav(), "bad.wav": b"no sound"})
    code, _, err = run(root, "--set", "audio.windows=true", "--set", "audio.seconds=0.1")
    assert code == 3
    assert "--max-reject-rate 0.51" in " ".join(err.split())


def test_equal_files_in_two_splits_are_a_warning(raw: Path) -> None:
    rows = rows_of(raw)
    (raw / "copy.png").write_bytes(png(0))
    write(raw, [*rows, {"id": "copy", "split": "test", "photo_file_name": "copy.png"}])
    code, _, err = run(raw)
    assert code == 0
    assert "photo: 1 item is in more than one split with the same content" in err


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


def plant(folder: Path, content: dict[str, str | bytes]) -> Path:
    for name, data in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data.encode() if isinstance(data, str) else data)
    return folder


def test_the_set_is_judged(tmp_path: Path) -> None:
    tree: dict[str, str | bytes] = {}
    for split, count in (("training_set", 6), ("test_set", 3)):
        for i in range(count):
            tree[f"{split}/{'cat' if i % 2 else 'dog'}/{i}.png"] = png(i + 10 * count)
            if i != 2:
                tree[f"{split}/{'cat' if i % 2 else 'dog'}/{i}.txt"] = f"words {i} of {split}"
    code, out, err = run(plant(tmp_path / "raw", tree))
    assert code == 0
    assert "no problems in 9 records (class-folders): 7 text, 9 image" in out
    assert "complete records: 7 of 9; pairs: 7 text with image" in out
    assert "2 labels: dog 5, cat 4" in out
    assert "splits given by the folder: test 3, train 6" in out
    assert "test_set as test, training_set as train" in " ".join(err.split())


def test_the_judgement_as_json(tmp_path: Path) -> None:
    tree = {
        f"{label}/{i}.{kind}": png(i) if kind == "png" else f"a {i}" for label in ("x", "y") for i in range(3) for kind in ("png", "txt")
    }
    tree["x/9.png"], tree["z/0.png"] = png(9), png(10)
    body = json.loads(run(plant(tmp_path / "raw", tree), "--json")[1])
    assert (body["records"], body["complete"]) == (8, 6)
    assert body["pairs"] == [{"fields": ["text", "image"], "records": 6}]
    assert body["labels"] == {"x": 4, "y": 3, "z": 1}
    assert any("1 of 3 labels have one record only: z" in text for text in body["warnings"])
    assert any(entry["topic"] == "read as label" and entry["detail"] == "x, y, z" for entry in body["ledger"])


def test_labels_that_the_train_split_lacks_are_told(tmp_path: Path) -> None:
    tree = {f"{folder}/{i}.txt": f"{folder} {i}" for folder in ("train/a", "train/b", "test/a", "test/c") for i in range(2)}
    _, _, err = run(plant(tmp_path / "raw", tree))
    assert "1 of 3 labels have no record in the train split: c" in " ".join(err.split())


def test_where_hardly_anything_pairs_it_ends_with_3_and_the_advice_helps(tmp_path: Path) -> None:
    root = plant(
        tmp_path / "raw", {f"sunset {i}.png": png(i) for i in range(30)} | {f"poem of day {i}.txt": f"words {i}" for i in range(30)}
    )
    code, _, err = run(root)
    assert code == 3
    told = " ".join(err.split())
    assert "error: hardly anything pairs: 0 of 60 records have two of the fields text, image" in told
    assert "rename sunset 0.png if it belongs to poem of day 0.txt" in told
    assert "60 incomplete records end in the same number as another, and are left apart" in told
    for i in range(30):
        (root / f"sunset {i}.png").rename(root / f"poem of day {i}.png")
    assert run(root)[0] == 0


def test_few_pairs_are_enough_to_pass(tmp_path: Path) -> None:
    tree = {f"{'pair' if i < 3 else 'a'}{i}.png": png(i) for i in range(20)} | {
        f"{'pair' if i < 3 else 'b'}{i}.txt": f"w {i}" for i in range(20)
    }
    assert run(plant(tmp_path / "raw", tree))[0] == 0


def test_rows_that_hold_one_field_each_do_not_pair(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "a.csv").write_text("question,answer\n" + "".join(f"why {i},\n,because {i}\n" for i in range(20)))
    code, _, err = run(tmp_path / "raw")
    assert code == 3
    assert "hardly anything pairs: 0 of 40 records" in " ".join(err.split())
    assert "in one row" in err


def test_near_misses_are_warnings_with_two_examples(tmp_path: Path) -> None:
    tree = {f"{i}.png": png(i) for i in range(1, 9)} | {f"{i}.txt": f"words {i}" for i in range(1, 7)}
    root = plant(tmp_path / "raw", tree | {"07.png": png(70), "007.txt": "?", "08.png": png(80), "008.txt": "?"})
    code, _, err = run(root)
    assert code == 0
    told = " ".join(err.split())
    assert "6 incomplete records could be joined in more than one way, and are left apart" in told
    assert "007.txt and 07.png; 008.txt and 08.png" in told


def test_lists_of_transcripts_are_converted_by_import(tmp_path: Path) -> None:
    tree: dict[str, str | bytes] = {}
    for chapter in ("84/121123", "84/121550", "174/50561"):
        ids = [f"{chapter.replace('/', '-')}-{i:04d}" for i in range(12)]
        tree |= {f"LibriSpeech/dev-clean/{chapter}/{name}.flac": flac(k) for k, name in enumerate(ids)}
        tree[f"LibriSpeech/dev-clean/{chapter}/{chapter.replace('/', '-')}.trans.txt"] = "".join(f"{name} SAID SO\n" for name in ids)
    root = plant(tmp_path / "raw", tree)
    code, _, err = run(root)
    assert code == 3
    command = next(line for line in err.splitlines() if line.startswith("fix:")).partition("mmcli ")[2]
    assert command.startswith("import librispeech ")
    done = CliRunner().invoke(app, ["import", "librispeech", str(root), "-o", str(tmp_path / "new")])
    assert done.exit_code == 0, done.stderr
    assert run(tmp_path / "new")[0] == 0
