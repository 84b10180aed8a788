"""Batches of items of different lengths, with little padding."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mmcli.nn.chunks import in_chunks

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]
_POOL = 8  # batches sorted by length together; more would reduce padding, but also randomness
_LOST = 0.02  # fraction of a batch's content that may be cropped to avoid padding all others to the longest item


class Sequences(Protocol):
    """Items of one field with different lengths, in row form.

    Attributes:
        lengths: `[N] int64`, of each item along its first axis; 0 if it is absent.
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
    """Rearrange the batches of an epoch so that each contains items of similar cost.

    Pools of eight random batches are sorted by cost and split into batches again, which are then shuffled. If all
    costs are equal, the batches are unchanged.

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
    """Length to which a training batch is padded: at most 2 % of its content is cropped.

    Without cropping, a single long item could make a batch many times longer than the others.
    """
    lengths = sequences.lengths[numbers]
    steps = np.unique(sequences.padded_lengths[numbers])
    lost = np.maximum(lengths[:, None] - steps, 0).sum(0)
    return int(steps[np.argmax(lost <= _LOST * lengths.sum())])


def in_buckets(function: Callable[[Array], Any], sequences: Sequences, numbers: IntArray, size: int) -> list[Array]:
    """Apply a function to items grouped by length, and return its results in the given order.

    Args:
        function: Batch `[size, length, ...]` in row form to one array-like of `size` rows or several.
        sequences: The items.
        numbers: `[n]` numbers of the items to use.
        size: Number of items per call; the last call of each length is padded by repeating an item.

    Returns:
        The rows of all items, for each of the function's results.
    """
    steps, found = sequences.padded_lengths[numbers], list[Array]()
    for step in np.unique(steps):
        here = np.flatnonzero(steps == step)
        results = in_chunks(lambda chunk, n=int(step): function(sequences.padded(numbers[chunk], n)), (here,), size)
        found = found or [np.empty((len(numbers), *result.shape[1:]), result.dtype) for result in results]
        for whole, result in zip(found, results, strict=True):
            whole[here] = result
    return found
