"""The stage as a whole: a raw folder becomes a dataset, or a clear refusal."""

from __future__ import annotations

import json
import os
import shutil
import signal
from pathlib import Path

import numpy as np
import pytest

from mmcli.artifacts import arrays, records, store
from mmcli.artifacts.ragged import Ragged
from mmcli.core.errors import InputError, SafetyError, UsageError
from mmcli.core.token_ids import END
from mmcli.modalities import codec_file, read_codec
from mmcli.modalities.fields import open_rows, open_sequences
from mmcli.stages.preprocess import journal


def rejects(folder: Path) -> list[dict[str, str]]:
    return [json.loads(line) for line in (folder / "rejects.jsonl").read_text().splitlines()]


def codec(folder: Path, name: str):
    return read_codec(folder / codec_file(name))


def test_a_folder_becomes_a_dataset(raw, make):
    made = make(raw)
    assert made.status == "written"
    artifact = store.open_artifact(made.path, "dataset")
    table = records.read(made.path)
    assert artifact.manifest.counts == {
        "seen": 72, "ok": 72, "rejected": 0, "records": 24, "present": {"caption": 24, "photo": 24, "sound": 24},
        **{split: len(table.rows(split)) for split in ("train", "val", "test")},
    }  # fmt: skip
    assert arrays.load(artifact.file("fields/photo.npy")).shape == (24, 32, 32, 3)
    assert open_rows(artifact, "sound").shape == (24, 64, 128)
    assert Ragged.open(artifact.file("fields/sound.wave.npy")).lengths.tolist() == [6000] * 24
    assert open_sequences(artifact, "sound").lengths.tolist() == [75] * 24
    assert table.columns["sound.samples"] == [6000] * 24
    assert not (made.path / "work").exists()


def test_rows_equal_what_the_codec_reads(raw, make):
    folder = make(raw).path
    table = records.read(folder)
    for name in ("photo", "sound"):
        row = codec(folder, name).read(raw / table.columns[f"{name}.source"][3])
        assert np.allclose(row.astype(np.float32), open_rows(store.open_artifact(folder), name)[3].astype(np.float32), atol=0.02)
    text = codec(folder, "caption")
    row = arrays.load(folder / "fields/caption.npy")[3]
    assert (row == text.read(table.texts("caption")[3])).all()
    assert text.decode(row) == table.texts("caption")[3].lower()
    assert END in row


def test_grey_images_stay_grey(tmp_path, make, write_raw):
    assert codec(make(write_raw(tmp_path / "grey", colour=False)).path, "photo").mode == "L"


def test_a_second_run_does_nothing(raw, make):
    assert make(raw).status == "written"
    assert make(raw, workers=2).status == "up to date"
    (raw / "m" / "1.png").write_bytes((raw / "m" / "2.png").read_bytes())
    assert make(raw).status == "written"


def test_workers_do_not_change_the_result(raw, make):
    assert make(raw).body["id"] == make(raw, "other", workers=2).body["id"]


def test_bad_items_are_rejected_and_the_field_is_missing(raw, make):
    (raw / "m" / "3.png").write_bytes(b"not an image")
    (raw / "m" / "4.wav").unlink()
    folder = make(raw).path
    assert {(r["id"], r["code"]) for r in rejects(folder)} == {("r003", "IMG_UNIDENTIFIED"), ("r004", "NOT_FOUND")}
    table = records.read(folder)
    assert list(np.flatnonzero(~table.present("photo"))) == [3]
    assert not arrays.load(folder / "fields/photo.npy")[3].any()


def test_nothing_is_fitted_on_val_or_test(raw, make):
    folder = make(raw).path
    table, text = records.read(folder), codec(folder, "caption")
    train = {token for i in table.rows("train") for token in text.tokens(table.texts("caption")[i])}
    assert set(text.vocabulary) == train


def test_a_split_column_wins(raw, make):
    rows = [json.loads(line) for line in (raw / "metadata.jsonl").read_text().splitlines()]
    for i, row in enumerate(rows):
        row["split"] = ("train", "val", "test")[i % 3]
    (raw / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert records.read(make(raw).path).columns["split"] == [("train", "val", "test")[i % 3] for i in range(24)]


def test_equal_files_in_two_splits_are_counted(raw, make):
    for i in range(1, 24):
        shutil.copyfile(raw / "m" / "0.png", raw / "m" / f"{i}.png")
    assert make(raw).body["summary"]["shared_between_splits"]["photo"] == 1
    with pytest.raises(InputError, match="more than one split"):
        make(raw, "strict", strict=True)


def test_too_many_rejects_end_the_run(raw, make):
    for i in range(20):
        (raw / "m" / f"{i}.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"20 IMG_EMPTY, e\.g\. "):
        make(raw)
    assert make(raw, max_reject_rate=0.5).status == "written"


def test_on_bad_fail_ends_at_the_first(raw, make):
    (raw / "m" / "3.png").write_bytes(b"")
    with pytest.raises(InputError, match="IMG_EMPTY"):
        make(raw, on_bad="fail")


def test_strict_ends_when_a_path_leaves_the_folder(raw, make):
    with (raw / "metadata.jsonl").open("a") as handle:
        handle.write('{"id": "x", "photo_file_name": "../../etc/passwd"}\n')
    assert [r["code"] for r in rejects(make(raw).path)] == ["PATH_REFUSED"]
    with pytest.raises(SafetyError):
        make(raw, strict=True)


@pytest.mark.parametrize("content", ["nothing", "folders", "file", "missing"])
def test_a_folder_without_data_is_refused(tmp_path, make, content):
    path = tmp_path / "raw"
    if content in ("nothing", "folders"):
        path.mkdir()
    if content == "folders":
        (path / "a").mkdir()
    if content == "file":
        path.write_text("x")
    with pytest.raises(InputError):
        make(path)
    assert not (tmp_path / "ds").exists()


def test_an_unknown_field_in_set_is_refused(raw, make):
    with pytest.raises(UsageError, match="no field foto") as caught:
        make(raw, set=("foto.image_size=16",))
    assert "photo" in caught.value.fix


def test_options_can_be_set_per_field(raw, make):
    folder = make(raw, set=("photo.image_size=16", "photo.image_mode=L")).path
    assert arrays.load(folder / "fields/photo.npy").shape == (24, 16, 16, 1)


def test_a_killed_run_goes_on_and_gives_the_same(tmp_path, write_raw, make, monkeypatch):
    monkeypatch.setattr("mmcli.stages.preprocess.reading._CHUNK_RECORDS", (16, 16))
    monkeypatch.setattr(journal, "INTERVAL_S", 0.0)
    raw = write_raw(tmp_path / "raw", 80)
    for left in (1, 2):  # chunks that each run still writes down
        assert os.WTERMSIG(run_in_child(lambda left=left: make_dying(make, raw, left))) == signal.SIGKILL
    state = next(tmp_path.glob(".ds.building/**/journal.json"))
    assert json.loads(state.read_text())["entries"] == 48
    assert make(raw).body["id"] == make(raw, "straight").body["id"]


def make_dying(make, raw, left):
    """Run the stage until it has written its state `left` times."""
    write, states = journal.Journal.write, []

    def dying(self, state):
        write(self, state)
        states.append(state)
        if len(states) == left:
            os.kill(os.getpid(), signal.SIGKILL)

    journal.Journal.write = dying
    make(raw)


def run_in_child(work):
    """Fork, so that it can die; returns its wait status."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1]


def test_large_fields_are_cut_into_shards(tmp_path, make, write_raw):
    raw = write_raw(tmp_path / "raw", 24)
    whole = make(raw, "whole", image_size=200, augment=1)
    parts = make(raw, "parts", image_size=200, augment=1, shard_mb=1)
    names = sorted(path.name for path in (parts.path / "fields").glob("photo-*.npy"))
    assert len(names) > 2
    assert names[0].startswith("photo-00000-of-")
    first, second = (store.open_artifact(made.path, "dataset") for made in (whole, parts))
    for name in ("photo", "sound.wave", "sound.wave.offsets", "caption"):
        one, two = (np.asarray(arrays.load(artifact.file(f"fields/{name}.npy"))) for artifact in (first, second))
        assert np.array_equal(one, two)
    assert second.has("fields/photo.npy")


def test_a_folder_of_test_records_only_is_split_anew(raw, make, capsys):
    rows = [json.loads(line) | {"split": "test"} for line in (raw / "metadata.jsonl").read_text().splitlines()]
    (raw / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    table = records.read(make(raw).path)
    assert len(table.rows("train")) > len(table.rows("test")) > 0
    assert "test records only" in capsys.readouterr().err


def test_the_language_that_was_found_is_told(raw, make, monkeypatch):
    monkeypatch.setattr("mmcli.modalities.text.detection.detect", lambda texts: "en")
    log = (make(raw, language="auto").path / "log.txt").read_text()
    assert "caption: detected language: en" in log
    assert "photo: detected language" not in log
    assert "detected language" not in (make(raw, "plain").path / "log.txt").read_text()


def test_texts_that_are_cut_short_are_told(raw, make, capsys):
    make(raw, max_tokens=3)
    assert "24 of 24 texts are longer than 2 tokens" in capsys.readouterr().err
    make(raw, "other", max_tokens=30)
    assert "were truncated" not in capsys.readouterr().err
