"""`records.parquet`: reading what was written, and what was not."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mmcli.artifacts import records
from mmcli.core.errors import IntegrityError

COLUMNS = {
    "id": ["a", "b", "c"],
    "split": ["train", "test", "train"],
    "label": ["x", None, "w"],
    "group": [None] * 3,
    "photo.present": [True, False, True],
    "caption.text": ["one", None, "zwei"],
}


def test_round_trip(tmp_path: Path) -> None:
    records.write(tmp_path, COLUMNS)
    table = records.read(tmp_path)
    assert len(table) == 3
    assert (table.ids, table.labels, table.texts("caption")) == (COLUMNS["id"], COLUMNS["label"], COLUMNS["caption.text"])
    assert table.rows("train").tolist() == [0, 2]
    assert table.rows("val").tolist() == []
    assert table.present("photo").tolist() == [True, False, True]
    numbers, names = table.label_ids()
    assert (numbers.tolist(), names) == ([1, -1, 0], ["w", "x"])


@pytest.mark.parametrize(
    "change",
    [
        {"id": [1, 2, 3]},
        {"id": [None] * 3},
        {"split": ["train", "tset", "val"]},
        {"split": [None] * 3},
        {"sound.samples": [float("nan"), 1, None]},
        {"caption.cut": [0.5, 1, 2]},
        {"caption.tokens": [-1, None, 2]},
        {"photo.aspect": [1.0, float("inf"), None]},
    ],
)
def test_impossible_values_are_refused(change: dict[str, list[object]], tmp_path: Path) -> None:
    records.write(tmp_path, COLUMNS | change)
    with pytest.raises(IntegrityError):
        records.read(tmp_path)


@pytest.mark.parametrize("name", ["id", "split", "label", "group"])
def test_a_missing_column_is_named(name: str, tmp_path: Path) -> None:
    records.write(tmp_path, {key: values for key, values in COLUMNS.items() if key != name})
    with pytest.raises(IntegrityError, match=name):
        records.read(tmp_path)


def test_an_unknown_field_is_named(tmp_path: Path) -> None:
    records.write(tmp_path, COLUMNS)
    with pytest.raises(IntegrityError, match=r"sound\.present"):
        records.read(tmp_path).present("sound")


def test_a_table_that_claims_too_many_rows_is_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "_MAX_ROWS", 1_000)
    count = 1_001
    pq.write_table(pa.table({name: pa.array(["train"] * count) for name in ("id", "split", "label", "group")}), tmp_path / records.NAME)
    with pytest.raises(IntegrityError, match="more than"):
        records.read(tmp_path)


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1PAR1", b"PAR1" + b"\xff" * 100 + b"PAR1", b"id,split\n1,train\n"])
def test_what_is_no_parquet_is_damage(data: bytes, tmp_path: Path) -> None:
    (tmp_path / records.NAME).write_bytes(data)
    with pytest.raises(IntegrityError):
        records.read(tmp_path)


def test_the_split_to_score_on_is_the_first_from_the_end_that_has_enough() -> None:
    rows = {"train": [1] * 9, "val": [1] * 3, "test": [1]}
    assert [records.scored_split(lambda name: rows[name], least) for least in (1, 2, 4, 10)] == ["test", "val", "train", "train"]
