"""JSON documents that are tables: as columns, with an index, or under a key."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmcli.core.errors import InputError
from mmcli.data.layouts.folder import read_raw
from mmcli.data.layouts.rows import read_rows

Plant = Callable[[dict[str, Any]], Path]
Read = Callable[..., Any]
ROWS = [{"text": "one", "label": 0}, {"text": "two", "label": None}]
COLUMNS = {"text": ["one", "two"], "label": [0, None]}
INDEXED = {"text": {"0": "one", "1": "two"}, "label": {"0": 0, "1": None}}


def rows_of(path: Path, body: str) -> list[Any]:
    path.write_text(body)
    return [row for _, row in read_rows(path)]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("body", [ROWS, COLUMNS, INDEXED, {"version": "1", "data": ROWS, "tags": ["x"]}])
def test_every_form_has_the_same_rows(tmp_path: Path, body: Any, indent: int | None) -> None:
    assert rows_of(tmp_path / "t.json", json.dumps(body, indent=indent)) == ROWS


def test_an_object_of_another_form_is_a_row(tmp_path: Path) -> None:
    body = {"text": "one", "tags": ["a", "b"]}
    assert rows_of(tmp_path / "t.json", json.dumps(body, indent=1)) == [body]
    body = {"images": [{"id": 1}], "annotations": [{"id": 1}, {"id": 2}]}
    assert rows_of(tmp_path / "t.json", json.dumps(body)) == [body]


def test_an_object_per_line_stays_one_row_each(tmp_path: Path) -> None:
    lines = [{"text": ["one", "uno"]}, {"text": ["two", "due"]}]
    for name in ("t.json", "t.jsonl"):
        assert rows_of(tmp_path / name, "\n".join(map(json.dumps, lines))) == lines
    assert rows_of(tmp_path / "t.jsonl", json.dumps(COLUMNS)) == [COLUMNS]
    broken = rows_of(tmp_path / "t.json", '{"text": ["one",\n{"text": "two"}\n')
    assert (len(broken), broken[1]) == (2, {"text": "two"})


def test_columns_of_different_lengths_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the columns have different lengths: text 2, label 1"):
        rows_of(tmp_path / "t.json", '{"text": ["one", "two"], "label": [1]}')


def test_a_corrupted_document_is_named_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="JSON document cannot be read: expecting ',' delimiter, line 2, column 14") as caught:
        rows_of(tmp_path / "t.json", '{"text": ["one", "two"],\n "label": [1 2]}')
    assert caught.value.where.endswith("t.json")


def test_splits_and_files_of_column_oriented_tables(plant: Plant, read: Read, png: bytes) -> None:
    root = plant({f"{split}.json": json.dumps({"text": [f"{split} a", f"{split} b"], "label": ["x", "y"]}) for split in ("train", "test")})
    records, _ = read(root)
    assert sorted((r.fields["text"].text, r.label, r.split) for r in records) == [
        ("test a", "x", "test"),
        ("test b", "y", "test"),
        ("train a", "x", "train"),
        ("train b", "y", "train"),
    ]
    body = {"file_name": ["a.png", "b.png"], "caption": ["an a", "a b"]}
    root = plant({"train.json": json.dumps(body), "test.json": "{}", "a.png": png, "b.png": png})
    (root / "test.json").unlink()
    assert read_raw(root).fields == {"caption": "text", "image": "image"}


def test_objects_beside_media_are_not_tables(plant: Plant, png: bytes) -> None:
    tree = {f"{i}.png": png for i in range(3)} | {f"{i}.json": json.dumps({"tags": ["a", "b"], "title": f"T{i}"}) for i in range(3)}
    assert read_raw(plant(tree)).layout == "same-stem"
