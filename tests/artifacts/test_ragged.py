"""Items of different lengths: what is written is read, in shards, after a stop, and damage is found."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcli.artifacts import arrays
from mmcli.artifacts.ragged import Ragged, RaggedWriter, offsets_path
from mmcli.core.errors import IntegrityError

ITEMS = [np.arange(n, dtype=np.int16) + 100 * i for i, n in enumerate([3, 0, 7, 1, 0, 12])]


def append(writer: RaggedWriter, items: list[np.ndarray]) -> None:
    writer.append(np.concatenate([np.zeros(0, np.int16), *items]), np.array([len(item) for item in items], np.int64))


def write(folder: Path, items: list[np.ndarray], limit: int = 2**20) -> Path:
    folder.mkdir(exist_ok=True)
    with RaggedWriter(folder / "work.npy", np.int16, limit) as writer:
        append(writer, items)
    writer.place(folder / "x.npy")
    return folder / "x.npy"


def same(found: Ragged, items: list[np.ndarray]) -> bool:
    return len(found) == len(items) and all(np.array_equal(found[i], item) for i, item in enumerate(items))


@pytest.mark.parametrize("limit", [2, 10, 2**20])
def test_items_are_read_as_they_were_written(tmp_path: Path, limit: int) -> None:
    found = Ragged.open(write(tmp_path, ITEMS, limit))
    assert same(found, ITEMS)
    assert found.lengths.tolist() == [3, 0, 7, 1, 0, 12]
    assert np.array_equal(found[-1], ITEMS[-1])
    with pytest.raises(IndexError):
        found[6]


def test_only_the_named_files_remain(tmp_path: Path) -> None:
    write(tmp_path, ITEMS)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.npy", "x.offsets.npy"]


def test_no_items_at_all(tmp_path: Path) -> None:
    assert same(Ragged.open(write(tmp_path, [])), [])


@given(
    lengths=st.lists(st.integers(0, 9), max_size=12),
    kept=st.integers(0, 12),
    lost=st.lists(st.integers(0, 9), max_size=5),
    limit=st.integers(1, 30),
)
def test_a_killed_writer_continues_where_its_state_says(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], kept: int, lost: list[int], limit: int
) -> None:
    folder = tmp_path_factory.mktemp("ragged")
    items = [np.full(n, i, np.int16) for i, n in enumerate(lengths)]
    first = RaggedWriter(folder / "work.npy", np.int16, limit)
    append(first, items[:kept])
    state = first.state()
    append(first, [np.full(n, -1, np.int16) for n in lost])  # on disk, but no state counts it
    first.close()
    with RaggedWriter(folder / "work.npy", np.int16, limit, state) as second:
        append(second, items[kept:])
    second.place(folder / "x.npy")
    assert same(Ragged.open(folder / "x.npy"), items)


@pytest.mark.parametrize(
    "offsets",
    [
        np.array([0, 3, 3, 10, 11, 11, 22]),
        np.array([0, 3, 3, 10, 11, 11, 24]),
        np.array([1, 3, 3, 10, 11, 11, 23]),
        np.array([0, 12, 3, 10, 11, 11, 23]),
        np.array([0, 3, 3, 10, 11, 11, 23], np.int32),
        np.array([[0, 23]]),
        np.zeros(0, np.int64),
    ],
)
def test_offsets_that_do_not_fit_are_damage(tmp_path: Path, offsets: np.ndarray) -> None:
    path = write(tmp_path, ITEMS)
    arrays.save(offsets_path(path), offsets)
    with pytest.raises(IntegrityError, match="offsets"):
        Ragged.open(path)


def test_lengths_must_add_up(tmp_path: Path) -> None:
    with RaggedWriter(tmp_path / "x.npy", np.int16, 100) as writer, pytest.raises(ValueError, match="3 values for items of 4"):
        writer.append(np.zeros(3, np.int16), np.array([2, 2]))
