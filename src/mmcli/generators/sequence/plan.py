"""Which records each step of training reads: batches of about as many tokens, of records of similar length."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.core.streams import Purpose, generator

Array = npt.NDArray[Any]
IntArray = npt.NDArray[np.int64]
_POOL = 32  # batches sorted by length together
MOST_TOKENS = 4096  # of a batch


class BatchPlan:
    """Batches as a function of the step; an epoch uses every record once.

    Args:
        seed: Seed of the run.
        source: `[n]` lengths of the records' conditions.
        target: `[n]` lengths of their texts.
        rows: Mean number of records per batch.
    """

    def __init__(self, seed: int, source: IntArray, target: IntArray, rows: int) -> None:
        self._seed, self._source, self._target = seed, np.asarray(source), np.asarray(target)
        self._lengths = np.maximum(np.maximum(self._source, self._target), 1)
        self._rows = max(1, min(rows, len(target)))
        self.tokens = self._within(self._rows * self._lengths.mean())
        self._epoch, self._starts, self._batches = -1, [0], list[IntArray]()
        self._plan(0)
        self.tokens = self._within(self.tokens * self._rows * len(self._batches) / len(target))  # with the padding that there is
        self._epoch = -1

    def _within(self, tokens: float) -> int:
        return int(max(self._lengths.max(initial=1), min(MOST_TOKENS, tokens)))

    def batch(self, step: int) -> IntArray:
        """Numbers of the records of a step."""
        while step >= self._starts[-1]:  # the number of batches differs between epochs
            self._plan(len(self._starts) - 1)
            self._starts.append(self._starts[-1] + len(self._batches))
        epoch = int(np.searchsorted(self._starts, step, side="right")) - 1
        if epoch != self._epoch:
            self._plan(epoch)
        return self._batches[step - self._starts[epoch]]

    def _plan(self, epoch: int) -> None:
        rng = generator(self._seed, Purpose.TEXT_ORDER, epoch)
        order, size = rng.permutation(len(self._target)), _POOL * self._rows
        batches = [batch for begin in range(0, len(order), size) for batch in self._cut(order[begin : begin + size])]
        self._batches = [batches[i] for i in rng.permutation(len(batches))]
        self._epoch = epoch

    def _cut(self, pool: IntArray) -> list[IntArray]:
        """Batches of a pool: sorted by length, each as long as its longest record allows."""
        pool = pool[np.lexsort((self._source[pool], self._target[pool]))]
        cuts, longest, begin = [], 0, 0
        for place, length in enumerate(self._lengths[pool].tolist()):
            longest = max(longest, length)
            if (place + 1 - begin) * longest > self.tokens and place > begin:
                cuts.append(place)
                longest, begin = length, place
        return np.split(pool, cuts)
