"""Metadata files become records, and every problem is named."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mmcli.core.errors import InputError
from mmcli.data.layouts.base import RawRecord, RawReject
from mmcli.data.layouts.folder import read_raw


def write_folder(root: Path, rows: list[object], files: tuple[str, ...] = ()) -> Path:
    root.mkdir(exist_ok=True)
    for name in files:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (root / "metadata.jsonl").write_text("\n".join(lines) + "\n")
    return root


def split_results(root: Path) -> tuple[list[RawRecord], list[RawReject]]:
    results = list(read_raw(root).records())
    return [r for r in results if isinstance(r, RawRecord)], [r for r in results if isinstance(r, RawReject)]


def test_columns_become_named_fields(tmp_path: Path) -> None:
    row = {
        "id": "0001",
        "label": "3",
        "caption": "press three",
        "photo_file_name": "photo/0001.png",
        "sound_file_name": "sound/0001.wav",
        "seed": 7,
    }
    root = write_folder(tmp_path / "raw", [row], ("photo/0001.png", "sound/0001.wav", "README.md", ".hidden"))
    raw = read_raw(root)
    assert (raw.layout, raw.fields) == ("metadata", {"caption": "text", "photo": "image", "sound": "audio"})
    records, rejects = split_results(root)
    assert not rejects
    assert (records[0].id, records[0].label, set(records[0].fields)) == ("0001", "3", {"caption", "photo", "sound"})
    assert records[0].fields["photo"].path == root / "photo/0001.png"
    assert records[0].fields["caption"].text == "press three"


def test_missing_cells_are_absent_fields(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "caption": "x", "photo_file_name": "a.png"},
        {"id": "b", "caption": None, "photo_file_name": "b.png"},
        {"id": "c", "caption": "z", "photo_file_name": ""},
    ]
    records, rejects = split_results(write_folder(tmp_path / "raw", rows, ("a.png", "b.png")))
    assert not rejects
    assert [set(r.fields) for r in records] == [{"caption", "photo"}, {"photo"}, {"caption"}]


def test_csv_numbers_are_not_texts(tmp_path: Path) -> None:
    root = tmp_path / "raw"
    root.mkdir()
    (root / "metadata.csv").write_text("file_name,width,note\na.png,12,red\nb.png,13.5,blue\n")
    (root / "a.png").write_bytes(b"x")
    (root / "b.png").write_bytes(b"x")
    assert read_raw(root).fields == {"note": "text", "image": "image"}


def test_natural_ids_do_not_move_when_rows_are_added(tmp_path: Path) -> None:
    rows: list[object] = [{"text": "one"}, {"text": "two"}]
    before = [r.id for r in split_results(write_folder(tmp_path / "raw", rows))[0]]
    after = [r.id for r in split_results(write_folder(tmp_path / "raw", [{"text": "zero"}, *rows]))[0]]
    assert after[1:] == before


def test_fingerprint_sees_a_changed_file_and_nothing_else(tmp_path: Path) -> None:
    root = write_folder(tmp_path / "raw", [{"text": "one"}], ("artifact.json",))
    before = read_raw(root).fingerprint()
    (root / "artifact.json").write_bytes(b"changed")
    assert read_raw(root).fingerprint() == before
    (root / "new.png").write_bytes(b"x")
    assert read_raw(root).fingerprint() != before


@pytest.mark.parametrize(
    ("build", "words"), [("missing", "no such folder"), ("file", "is a file"), ("empty", "no files"), ("folders", "no files")]
)
def test_a_folder_that_cannot_be_used_says_why(tmp_path: Path, build: str, words: str) -> None:
    root = tmp_path / "raw"
    if build == "file":
        root.write_bytes(b"x")
    elif build != "missing":
        (root / ("sub" if build == "folders" else "")).mkdir(parents=True)
    with pytest.raises(InputError, match=words):
        read_raw(root)
