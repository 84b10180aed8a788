"""Rows in several files are read as one array."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.artifacts import arrays
from mmcli.artifacts.shard_names import shards_of
from mmcli.artifacts.shards import ShardWriter
from mmcli.core.errors import IntegrityError

ROWS = np.arange(23 * 4, dtype=np.int32).reshape(23, 4)
ROW_BYTES = 16
KEYS = [
    *(0, -1, 22, slice(3, 17), slice(None), slice(None, None, 7), slice(0, 0), ..., None),
    *([22, 0, 0, 7], [-1, 5], [[1, 9], [20, 4]], np.arange(23) % 3 == 0),
    *((slice(2, 9), 1), (4, 2), (..., 0)),
]


def write(folder, rows=ROWS, limit=5, keep=0, blocks=(3, 11, 9)):
    writer = ShardWriter(folder / "x.npy", (4,), np.int32, limit * ROW_BYTES, keep)
    start = keep
    for size in blocks:
        writer.append(rows[start : start + size])
        start += size
    writer.close()
    return writer


def test_rows_are_spread_over_files_and_read_as_one(tmp_path):
    write(tmp_path).place(tmp_path / "x.npy")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == [f"x-0000{i}-of-00005.npy" for i in range(5)]
    assert [len(np.load(tmp_path / name)) for name in names] == [5, 5, 5, 5, 3]
    found = arrays.load(tmp_path / "x.npy")
    assert (found.shape, found.dtype, found.ndim, len(found)) == ((23, 4), np.int32, 2, 23)
    assert (np.asarray(found) == ROWS).all()


@pytest.mark.parametrize("key", KEYS)
def test_it_is_indexed_like_an_array(tmp_path, key):
    write(tmp_path).place(tmp_path / "x.npy")
    key = np.array(key) if isinstance(key, list) else key
    assert np.array_equal(arrays.load(tmp_path / "x.npy")[key], ROWS[key])


@pytest.mark.parametrize("key", [23, -24, np.array([23]), np.zeros(22, bool)])
def test_a_row_outside_is_an_error(tmp_path, key):
    write(tmp_path).place(tmp_path / "x.npy")
    found = arrays.load(tmp_path / "x.npy")
    with pytest.raises(IndexError):
        found[key]


@pytest.mark.parametrize("limit", [23, 100])
def test_few_rows_are_one_plain_file(tmp_path, limit):
    write(tmp_path, limit=limit).place(tmp_path / "x.npy")
    assert [path.name for path in tmp_path.iterdir()] == ["x.npy"]
    assert (np.load(tmp_path / "x.npy") == ROWS).all()


@pytest.mark.parametrize("keep", [0, 4, 5, 12, 20])
def test_an_interrupted_writer_goes_on(tmp_path, keep):
    write(tmp_path)
    write(tmp_path, keep=keep, blocks=(23 - keep,)).place(tmp_path / "x.npy")
    assert (np.asarray(arrays.load(tmp_path / "x.npy")) == ROWS).all()


def test_work_files_stay_where_they_are(tmp_path):
    (tmp_path / "work").mkdir()
    writer = write(tmp_path / "work")
    writer.place(tmp_path / "x.npy")
    assert (np.asarray(writer.load()) == np.asarray(arrays.load(tmp_path / "x.npy"))).all()


def test_no_rows_at_all(tmp_path):
    write(tmp_path, blocks=()).place(tmp_path / "x.npy")
    assert arrays.load(tmp_path / "x.npy").shape == (0, 4)


def test_a_missing_or_foreign_shard_is_an_error(tmp_path):
    write(tmp_path).place(tmp_path / "x.npy")
    np.save(tmp_path / "x-00002-of-00005.npy", np.zeros((5, 3), np.int32))
    with pytest.raises(IntegrityError, match="differ in row shape or dtype"):
        arrays.load(tmp_path / "x.npy")
    (tmp_path / "x-00002-of-00005.npy").unlink()
    with pytest.raises(IntegrityError):
        arrays.load(tmp_path / "x.npy")
    assert shards_of("x.npy", [path.name for path in tmp_path.iterdir()]) == []
