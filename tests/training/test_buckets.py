"""Batches of like length: what is drawn, what is padded, and that results return to their places."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcli.modalities.sequences import EqualSequences, ListedSequences, PaddedItems, PaddedRows
from mmcli.nn.padding import FRAME_PAD
from mmcli.training.buckets import batch_length, in_buckets, sorted_batches

ITEMS = [np.full((n, 2), n, np.float32) for n in (3, 9, 30, 1, 13, 12)]


def order(seed: int, steps: int, batch: int) -> np.ndarray:
    return np.random.default_rng(seed).permutation(steps * batch).reshape(steps, batch)


def test_equal_costs_leave_the_order_alone() -> None:
    batches = order(0, 5, 4)
    assert sorted_batches(batches, np.full(20, 7), np.random.default_rng(1)) is batches


@given(st.integers(0, 99), st.integers(1, 20), st.integers(1, 6))
def test_every_item_is_drawn_once_and_the_same_seed_gives_the_same(seed: int, steps: int, batch: int) -> None:
    costs = np.random.default_rng([seed, 1]).integers(1, 50, steps * batch)
    one, two = (sorted_batches(order(seed, steps, batch), costs, np.random.default_rng([seed, 2])) for _ in range(2))
    assert np.array_equal(one, two)
    assert one.shape == (steps, batch)
    assert sorted(one.ravel()) == list(range(steps * batch))


def test_a_batch_holds_items_of_like_cost() -> None:
    costs = np.random.default_rng(0).integers(8, 512, 64 * 32)
    batches = order(0, 64, 32)
    spent = costs[sorted_batches(batches, costs, np.random.default_rng(1))].max(1).sum() / costs.sum() * 32
    assert spent < 1.2 < costs[batches].max(1).sum() / costs.sum() * 32


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [([30] * 127 + [33], 32), ([30] * 127 + [200], 256), ([30] * 9 + [33], 32), ([5, 5], 8), ([0, 0], 8), ([0, 9], 12), ([40], 48)],
)
def test_a_batch_is_as_long_as_nearly_all_of_its_content(lengths: list[int], expected: int) -> None:
    items = ListedSequences([np.zeros((n, 1), np.float32) for n in lengths], FRAME_PAD, 512)
    assert batch_length(items, np.arange(len(lengths))) == expected


def test_items_are_padded_with_what_marks_padding() -> None:
    sequences = ListedSequences(ITEMS, FRAME_PAD, 24)
    assert sequences.lengths.tolist() == [3, 9, 24, 1, 13, 12]
    assert sequences.padded_lengths.tolist() == [8, 12, 24, 8, 16, 12]
    found = sequences.padded(np.array([1, 2]), 12)
    assert found.shape == (2, 12, 2)
    assert found[0, :, 0].tolist() == [9.0] * 9 + [FRAME_PAD] * 3
    assert (found[1] == 30).all()
    assert PaddedItems(sequences)[[3, 4]].shape == (2, 16, 2)
    assert PaddedItems(sequences)[3].shape == (8, 2)
    assert PaddedItems(sequences)[1:].shape == (5, 24, 2)


def test_rows_of_ids_are_cut_back_to_their_lengths() -> None:
    rows = np.zeros((3, 40), np.int32)
    rows[0, :5], rows[1, :25] = 7, 8
    sequences = PaddedRows(rows)
    assert sequences.lengths.tolist() == [5, 25, 0]
    assert sequences.padded_lengths.tolist() == [8, 32, 8]
    assert np.array_equal(sequences.padded(np.array([1]), 32), rows[1:2, :32])
    assert PaddedRows(rows[:, :6]).padded_lengths.tolist() == [6, 6, 6]


def test_items_of_one_length_are_never_padded() -> None:
    rows = np.arange(2 * 5 * 3).reshape(2, 5, 3)
    sequences = EqualSequences(rows)
    assert sequences.padded_lengths.tolist() == [5, 5]
    assert np.array_equal(sequences.padded(np.array([1, 0]), 5), rows[::-1])


@pytest.mark.parametrize("size", [1, 2, 64])
def test_results_come_back_in_the_order_asked_for(size: int) -> None:
    seen: list[tuple[int, ...]] = []

    def function(batch: np.ndarray) -> list[np.ndarray]:
        seen.append(batch.shape)
        used = batch[..., 0] != FRAME_PAD
        return [used.sum(1), np.where(used, batch[..., 0], 0).max(1)]

    numbers = np.array([4, 0, 3, 1, 1, 5])
    lengths, values = in_buckets(function, ListedSequences(ITEMS, FRAME_PAD, 64), numbers, size)
    assert lengths.tolist() == values.tolist() == [13, 3, 1, 9, 9, 12]
    assert {shape[1] for shape in seen} == {8, 12, 16}
    assert {shape[0] for shape in seen} == {size}
