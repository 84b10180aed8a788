"""Raw folders as mmcli writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from mmcli.artifacts import jsonio
from mmcli.artifacts.raw import NAME, RawWriter, safe_name


def test_rows_come_back_in_order_without_empty_columns(tmp_path: Path) -> None:
    with RawWriter(tmp_path) as writer:
        writer.add({"id": "b", "caption": "two\nlines", "label": None})
        writer.add({"id": "a"})
    rows = [jsonio.loads(line) for line in (tmp_path / NAME).read_text().splitlines()]
    assert rows == [{"id": "b", "caption": "two\nlines"}, {"id": "a"}]


def test_odd_ids_stay_inside_the_folder_and_apart(tmp_path: Path) -> None:
    ids = ["../../etc/passwd", "a/b", "a\\b", "a_b", "", ".", "..", "-rf", "x" * 300, "\x1b[31m", "ü", "\udc80"]
    with RawWriter(tmp_path) as writer:
        paths = [writer.media_path("../photo", record_id, ".png") for record_id in ids]
    assert len(set(paths)) == len(ids)
    assert all(path.resolve().is_relative_to(tmp_path.resolve()) for path in paths)
    assert all(len(path.name) < 100 and not path.name.startswith((".", "-")) for path in paths)


def test_plain_names_are_kept() -> None:
    assert safe_name("digit-0001") == "digit-0001"


def test_nan_is_refused(tmp_path: Path) -> None:
    with RawWriter(tmp_path) as writer, pytest.raises(ValueError, match="JSON"):
        writer.add({"score": float("nan")})


def test_a_second_writer_begins_anew(tmp_path: Path) -> None:
    for _ in range(2):
        with RawWriter(tmp_path) as writer:
            writer.add({"id": "a"})
    assert len((tmp_path / NAME).read_text().splitlines()) == 1
