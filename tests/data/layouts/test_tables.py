"""A table, in a folder or by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmcli.core.errors import InputError
from mmcli.data.layouts.folder import read_raw
from mmcli.data.layouts.listing import Listing

Plant = Callable[[dict[str, Any]], Path]
Read = Callable[..., Any]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("jokes.csv", "joke,stars\nWhy?,5\nBecause.,3\n"),
        ("jokes.tsv", "joke\tstars\nWhy?\t5\nBecause.\t3\n"),
        ("jokes.jsonl", '{"joke": "Why?", "stars": 5}\n{"joke": "Because.", "stars": 3}\n'),
    ],
)
@pytest.mark.parametrize("alone", [False, True])
def test_a_column_of_texts_is_the_field(plant: Plant, read: Read, name: str, content: str, alone: bool) -> None:
    root = plant({name: content})
    source = root / name if alone else root
    assert (read_raw(source).layout, read_raw(source).fields) == ("tables", {"joke": "text"})
    records, rejects = read(source)
    assert [record.fields["joke"].text for record in records] == ["Why?", "Because."]
    assert rejects == []


def test_labels_and_splits_are_read(plant: Plant, read: Read) -> None:
    root = plant({"train.csv": "text,label\na b,x\nc d,y\n", "test/more.csv": "text,label\ne f,x\n"})
    records, _ = read(root)
    assert sorted((r.fields["text"].text, r.label, r.split) for r in records) == [
        ("a b", "x", "train"),
        ("c d", "y", "train"),
        ("e f", "x", "test"),
    ]


def test_a_single_table_called_train_is_all_there_is(plant: Plant, read: Read) -> None:
    records, _ = read(plant({"train.csv": "text\na\nb\n"}))
    assert {record.split for record in records} == {None}


def test_a_table_by_itself_sees_nothing_beside_it(plant: Plant) -> None:
    root = plant({"jokes.csv": "joke\nWhy?\n", "other.csv": "poem\nRoses\n", "0001.txt": "text"})
    assert read_raw(root / "jokes.csv").fields == {"joke": "text"}
    assert list(Listing(root, only="jokes.csv").files) == ["jokes.csv"]
    (root / "link.csv").symlink_to(root / "jokes.csv")
    assert read_raw(root / "link.csv").fields == {"joke": "text"}


def test_a_table_beside_media_is_not_taken_for_the_data(plant: Plant, png: bytes) -> None:
    assert read_raw(plant({"notes.csv": "note\nhello\n", "0001.png": png})).layout == "same-stem"


def test_a_table_by_itself_reads_the_files_that_it_names_and_notices_their_changes(plant: Plant, read: Read, png: bytes) -> None:
    root = plant({"photos.csv": "picture,says\nin/1.png,one\nin/gone.png,none\n", "in/1.png": png, "in/2.png": png})
    records, rejects = read(root / "photos.csv")
    assert read_raw(root / "photos.csv").fields == {"says": "text", "picture": "image"}
    assert [record.fields["picture"].path for record in records if "picture" in record.fields] == [root / "in/1.png"]
    assert [(reject.code, reject.path) for reject in rejects] == [("NOT_FOUND", "photos.csv:3 in/gone.png")]

    before = read_raw(root / "photos.csv").fingerprint()
    (root / "in/2.png").write_bytes(b"changed")
    assert read_raw(root / "photos.csv").fingerprint() == before  # the table does not name it
    (root / "in/1.png").write_bytes(png + b" ")
    changed = read_raw(root / "photos.csv").fingerprint()
    assert changed != before
    (root / "in/gone.png").write_bytes(png)
    assert read_raw(root / "photos.csv").fingerprint() not in (before, changed)


@pytest.mark.parametrize("name", ["../secret.png", "/etc/hostname.png", "link.png", "up/secret.png"])
def test_a_table_by_itself_reads_nothing_outside_its_folder(plant: Plant, read: Read, png: bytes, name: str) -> None:
    root = plant({"t.csv": f"picture,says\nok.png,a\n{name},b\n", "ok.png": png})
    (root.parent / "secret.png").write_bytes(png)
    (root / "link.png").symlink_to(root.parent / "secret.png")
    (root / "up").symlink_to(root.parent)
    records, rejects = read(root / "t.csv")
    assert [record.id for record in records if "picture" in record.fields] == ["ok.png"]
    assert [reject.code for reject in rejects] in (["PATH_REFUSED"], ["SYMLINK_REFUSED"])


@pytest.mark.parametrize(
    ("tree", "what"),
    [
        ({"a.csv": "stars\n5\n3\n"}, "no column contains texts"),
        ({"a.csv": ""}, "empty"),
        ({"a.csv": "text\n"}, "no readable row"),
    ],
)
def test_a_table_without_texts_says_what_it_lacks(plant: Plant, tree: dict[str, str], what: str) -> None:
    root = plant(tree)
    for source in (root, root / "a.csv"):
        with pytest.raises(InputError, match=what) as caught:
            _ = read_raw(source).fields
        assert caught.value.where.startswith(str(root))
        assert caught.value.fix


def test_another_file_is_no_raw_folder(plant: Plant) -> None:
    root = plant({"a.txt": "x"})
    with pytest.raises(InputError, match="this is a file"):
        read_raw(root / "a.txt")
