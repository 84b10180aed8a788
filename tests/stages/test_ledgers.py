"""Every stage tells what it read, left out and changed: on stderr, in the manifest, in JSON, in the report."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image
from typer.testing import CliRunner

import mmcli
from mmcli.artifacts import manifest, records, store
from mmcli.cli.app import app
from mmcli.core.errors import IntegrityError
from mmcli.core.ledger import Entry, Ledger
from mmcli.modalities import read_codec
from mmcli.modalities.audio.codec import AudioCodec
from mmcli.stages.generate.conditions import from_records
from mmcli.stages.info.stage import as_rows, describe
from mmcli.stages.records_ledger import note_cut, note_lacking
from mmcli.stages.registry import config_of


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    folder = tmp_path / "raw"
    folder.mkdir()
    for number in range(20):
        (folder / f"{number:02d}.txt").write_text(f"a line about the number {number}")
    (folder / "README.md").write_text("about this folder")
    (folder / ".cache").write_text("")
    return folder


def entries_of(artifact: Path) -> list[Entry]:
    return Ledger.of(store.open_artifact(artifact).manifest.summary).entries


def test_files_left_out_by_their_names_are_named(raw: Path) -> None:
    found = entries_of(mmcli.preprocess(raw, out=raw.parent / "data", workers=1).path)
    assert Entry("left out", "files", "hidden", 1, 0, (".cache",)) in found
    assert Entry("left out", "files", "named like a readme or licence", 1, 0, ("README.md",)) in found


def test_rejected_items_are_counted_by_their_reason(raw: Path) -> None:
    (raw / "03.txt").write_bytes(b"\0\1\2\0")
    found = entries_of(mmcli.preprocess(raw, out=raw.parent / "data", workers=1).path)
    rejected = [entry for entry in found if entry.what == "items"]
    assert [(entry.count, entry.of) for entry in rejected] == [(1, 20)]
    assert "03.txt" in rejected[0].detail


def test_it_is_printed_and_part_of_the_json(raw: Path) -> None:
    result = CliRunner().invoke(app, ["preprocess", str(raw), "-o", str(raw.parent / "data"), "--workers", "1", "--json"])
    assert "left out       files: 1 hidden (.cache)\n" in result.stderr
    ledger = json.loads(result.stdout)["summary"]["ledger"]
    assert {"topic": "left out", "what": "files", "detail": "hidden", "count": 1, "of": 0, "names": [".cache"]} in ledger
    log = (raw.parent / "data" / "log.txt").read_text()
    assert "files: 1 hidden (.cache)" in log


def test_quiet_prints_none_of_it(raw: Path) -> None:
    result = CliRunner().invoke(app, ["preprocess", str(raw), "-o", str(raw.parent / "data"), "--workers", "1", "-q"])
    assert result.exit_code == 0
    assert "left out" not in result.stderr


def test_it_does_not_change_the_id(raw: Path) -> None:
    first = mmcli.preprocess(raw, out=raw.parent / "a", workers=1)
    (raw / "README.md").unlink()
    second = mmcli.preprocess(raw, out=raw.parent / "b", workers=1)
    assert first.summary["ledger"] != second.summary["ledger"]
    assert first.id == second.id


def test_info_and_the_report_show_it(raw: Path) -> None:
    for name in ("licence", "readme.txt", "README.rst"):
        (raw / name).write_text("")
    mmcli.preprocess(raw, out=raw.parent / "work" / "data", workers=1)
    rows = as_rows(describe(raw.parent / "work" / "data"))
    assert ("left out", "files: 1 hidden (.cache)") in rows
    assert not any(name == "summary ledger" for name, _ in rows)
    mmcli.report(raw.parent / "work", out=raw.parent / "work" / "report")
    page = (raw.parent / "work" / "report" / "index.html").read_text()
    assert "Read, left out and changed" in page
    assert "files: 1 hidden (.cache)" in page
    assert "readme.txt<br>" in page


def test_a_forged_ledger_is_refused(raw: Path) -> None:
    folder = mmcli.preprocess(raw, out=raw.parent / "data", workers=1).path
    body = manifest.read_manifest(folder)
    forged = replace(body, summary={**body.summary, "ledger": [{"topic": 1}]})
    manifest.write_manifest(folder, replace(forged, id=forged.digest()))
    with pytest.raises(IntegrityError, match="ledger"):
        describe(folder)


def tone(seconds: float, hertz: float, rate_hz: int = 8000) -> np.ndarray:
    return (0.4 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def said_of(entries: list[Entry], what: str) -> list[tuple[str, int, int]]:
    return [(entry.detail, entry.count, entry.of) for entry in entries if entry.what == what and entry.topic in ("changed", "noted")]


def test_sounds_longer_than_the_window_are_counted_and_warned_of(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    soundfile.write(raw / "speech.wav", np.r_[tone(1, 500), np.zeros(8 * 8000, np.float32), tone(1, 1500)], 8000)
    soundfile.write(raw / "silent.wav", np.zeros(4000, np.float32), 8000)
    for number in range(10):
        soundfile.write(raw / f"x{number}.wav", tone(0.5, 300 + 100 * number), 8000)
    found = mmcli.preprocess(raw, out=tmp_path / "data", seconds=0.512, sample_rate_hz=8000, hop_length=128, workers=1)
    outside = "longer than --seconds (0.512 s); 95 % of their length is outside of their window"
    assert said_of(entries_of(found.path), "audio") == [(outside, 1, 12), ("silent: every sample is zero", 1, 12)]
    warnings = [text for text in found.warnings if text.startswith("audio: 1 of 12 sounds are longer than")]
    assert len(warnings) == 1
    assert "--seconds" in warnings[0]
    assert "--windows" in warnings[0]


def test_sounds_split_into_windows_lose_nothing(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    for number in range(10):
        soundfile.write(raw / f"x{number}.wav", tone(2.0, 300 + 100 * number), 8000)
    options = {"seconds": 0.512, "sample_rate_hz": 8000, "hop_length": 128, "workers": 1}
    found = mmcli.preprocess(raw, out=tmp_path / "data", windows=True, **options)
    assert said_of(entries_of(found.path), "audio") == []
    assert not any("longer" in text for text in found.warnings)


@pytest.mark.parametrize(
    ("fit", "expected"),
    [
        (
            "crop",
            [
                ("enlarged to 16 x 16 pixels, by a factor of up to 2", 3, 12),
                ("cropped by half or more; --fit pad keeps all", 2, 12),
            ],
        ),
        ("pad", [("enlarged to 16 x 16 pixels, by a factor of up to 2", 2, 12), ("half or more is padding", 2, 12)]),
        ("squeeze", [("enlarged to 16 x 16 pixels, by a factor of up to 2", 3, 12), ("squeezed by half or more", 2, 12)]),
    ],
)
def test_images_that_are_enlarged_or_cropped_are_counted(tmp_path: Path, fit: str, expected: list[tuple[str, int, int]]) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    rng = np.random.default_rng(0)
    sizes = [(8, 8), (10, 10), (64, 16), (8, 32), *[(32, 32)] * 8]
    for number, (width, height) in enumerate(sizes):
        pixels = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(raw / f"{number:02d}.png")
    found = mmcli.preprocess(raw, out=tmp_path / "data", image_size=16, fit=fit, workers=1)
    assert said_of(entries_of(found.path), "image") == expected


def test_texts_that_are_cut_or_empty_are_counted(tmp_path: Path) -> None:
    lines = ["one two three four five six", "one two", "...", "one two three", *["one two three"] * 16]
    (tmp_path / "lines.csv").write_text("words,split\n" + "".join(f'"{line}",train\n' for line in lines) + '"one zzz",test\n')
    found = mmcli.preprocess(tmp_path / "lines.csv", out=tmp_path / "data", max_tokens=4, val=0.0, workers=1)
    entries = said_of(entries_of(found.path), "words")
    assert ("cut to 3 tokens: 3 of 62 tokens lost", 1, 21) in entries
    assert ("50 % of the tokens of val and test are not in the vocabulary of the train texts", 0, 0) in entries


def test_validate_names_what_it_does_not_read(raw: Path) -> None:
    found = mmcli.validate(raw)
    assert {"topic": "left out", "what": "files", "detail": "hidden", "count": 1, "of": 0, "names": [".cache"]} in found.body["ledger"]


def test_import_counts_what_it_leaves_out(tmp_path: Path) -> None:
    names = ("gold_label", "sentence1", "sentence2", "captionID", "pairID")
    rows = [("-", "a b", "c d", "1", "1"), ("neutral", "e f", "g h", "2", "2"), ("-", "i j", "k l", "3", "3")]
    source = tmp_path / "snli_1.0"
    source.mkdir()
    text = "".join(json.dumps(dict(zip(names, row, strict=True))) + "\n" for row in rows)
    (source / "snli_1.0_train.jsonl").write_text(text)
    found = entries_of(mmcli.import_data("snli", source, out=tmp_path / "raw").path)
    assert [(entry.what, entry.count, entry.of) for entry in found if entry.topic == "left out"] == [("records", 2, 3)]


def test_similarity_and_search_count_records_without_the_field(embeddings: Callable[..., Path]) -> None:
    source = embeddings(count=100, missing=1.0)  # every record lacks one of three fields
    found = mmcli.similarity(source, out=source.parent / "similar", rows="image", columns="sound", split="all", most=10)
    present = records.read(source).present("image") & records.read(source).present("sound")
    entries = [(entry.what, entry.detail, entry.count, entry.of) for entry in entries_of(found.path)]
    assert entries == [
        ("records", "without image and sound", 100 - int(present.sum()), 100),
        ("records", "above --most 10", int(present.sum()) - 10, int(present.sum())),
    ]
    answer = mmcli.search(source, eval=True, query_field="image", target="sound", split="all")
    assert answer.body["ledger"][0]["count"] == 100 - int(present.sum())


def test_records_without_a_given_field_are_no_conditions(keypad: Path) -> None:
    data, ledger = store.open_artifact(keypad / "1-dataset"), Ledger()
    codecs = {name: read_codec(data.file(f"fields/{name}.codec.json")) for name in ("caption", "photo")}
    table = records.read(keypad / "1-dataset")
    train = table.rows("train")
    lacking = int((~table.present("photo")[train]).sum())
    config = config_of("generate")(split="train", given=("photo",))
    conditions = from_records(data, codecs, ["caption", "photo"], config, 5, ledger)
    assert len(conditions) == 5
    assert [(entry.detail, entry.count, entry.of) for entry in ledger.entries] == [
        ("without any given field", lacking, len(train)),
        ("only the first 5 records are used", len(train) - lacking - 5, len(train) - lacking),
    ]
    assert lacking > 0


def test_records_that_form_no_pair_are_named() -> None:
    there = {"a": [True, True, False, True], "b": [True, False, False, True]}
    columns = {"id": list("wxyz"), "split": ["train"] * 4, "label": [None] * 4, "group": [None] * 4}
    table = records.Records({**columns, **{f"{name}.present": values for name, values in there.items()}})
    ledger = Ledger()
    rest = note_lacking(ledger, table, np.array([0, 1, 2, 3]), ["a", "b"], least=2, what="train records", why="no pair")
    assert rest.tolist() == [0, 3]
    assert ledger.entries == [Entry("left out", "train records", "no pair", 2, 4, ("x", "y"))]


@pytest.mark.parametrize(
    ("rows", "detail"),
    [
        (True, "longer than --seconds (0.256 s); 88 % of their length is outside of their window"),
        (False, "longer than the 65.5 s that encoders read"),
    ],
)
def test_what_of_long_sounds_generators_and_encoders_do_not_read(rows: bool, detail: str) -> None:
    samples = [2000, None, 16384, 600_000 if not rows else 2048]
    columns = {"id": list("wxyz"), "split": ["train"] * 4, "label": [None] * 4, "group": [None] * 4}
    table = records.Records({**columns, "sound.present": [number is not None for number in samples], "sound.samples": samples})
    ledger = Ledger()
    codec = AudioCodec(8000, 256, 128, 16, (0.0,) * 128, (1.0,) * 128)
    note_cut(ledger, table, {"sound": codec}, np.arange(4), rows=rows)
    assert ledger.entries == [Entry("changed", "sound", detail, 1, 3)]


def test_init_tells_what_it_does_not_read(raw: Path) -> None:
    result = CliRunner().invoke(app, ["init", str(raw), "-o", str(raw.parent / "project"), "--json"])
    assert "files: 1 hidden (.cache)" in result.stderr
    assert ".cache" in [name for entry in json.loads(result.stdout)["ledger"] for name in entry["names"]]
