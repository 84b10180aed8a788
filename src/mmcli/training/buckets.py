"""Batches of items of different lengths, made so that little of what is computed is padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mmcli.nn.chunks import in_chunks

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]
_POOL = 8  # batches that are sorted by length together; more would leave less padding, and less chance
_LOST = 0.02  # of a batch's content, where that spares padding all others to the longest item


class Sequences(Protocol):
    """Items of one field, each at its own length, in row form.

    Attributes:
        lengths: `[N] int64`, of each item along its first axis; 0 where it is absent.
        padded_lengths: `[N] int64`, to which each is padded; see `nn.padding`.
    """

    lengths: IntArray
    padded_lengths: IntArray

    def __len__(self) -> int:
        """N."""
        ...

    def padded(self, numbers: IntArray, length: int) -> Array:
        """Some items `[n, length, ...]`, padded at their end; longer ones are cropped."""
        ...


def sorted_batches(order: IntArray, costs: npt.NDArray[np.integer], rng: np.random.Generator) -> IntArray:
    """The batches of an epoch, anew, so that each holds items of like cost.

    Pools of eight random batches are sorted by cost and cut into batches again, which are then shuffled. Where all
    costs are equal the batches stay as they are.

    Args:
        order: Item numbers `[steps, B]` in a random order.
        costs: `[N]`, such as the padded length of each item.
        rng: Shuffles the batches.
    """
    if len(np.unique(costs)) < 2:
        return order
    pools = (order[begin : begin + _POOL].ravel() for begin in range(0, len(order), _POOL))
    batches = np.concatenate([pool[np.argsort(costs[pool], kind="stable")] for pool in pools]).reshape(order.shape)
    return batches[rng.permutation(len(batches))]


def batch_length(sequences: Sequences, numbers: IntArray) -> int:
    """Length to which a training batch is padded: one that all its items fit into but for a fiftieth of their content.

    Without that loss a single long item would make a batch many times as long as the others are.
    """
    lengths = sequences.lengths[numbers]
    steps = np.unique(sequences.padded_lengths[numbers])
    lost = np.maximum(lengths[:, None] - steps, 0).sum(0)
    return int(steps[np.argmax(lost <= _LOST * lengths.sum())])


def in_buckets(function: Callable[[Array], Any], sequences: Sequences, numbers: IntArray, size: int) -> list[Array]:
    """Apply a function to items of like length at a time, and put its results into the given order.

    Args:
        function: Batch `[size, length, ...]` in row form to one array-like of `size` rows or several.
        sequences: The items.
        numbers: Which of them, `[n]`.
        size: Items per call; the last call of a length is filled up by repeating one.

    Returns:
        For each of the function's results the rows of all items.
    """
    steps, found = sequences.padded_lengths[numbers], list[Array]()
    for step in np.unique(steps):
        here = np.flatnonzero(steps == step)
        results = in_chunks(lambda chunk, n=int(step): function(sequences.padded(numbers[chunk], n)), (here,), size)
        found = found or [np.empty((len(numbers), *result.shape[1:]), result.dtype) for result in results]
        for whole, result in zip(found, results, strict=True):
            whole[here] = result
    return found
