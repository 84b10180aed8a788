"""Token lists of a data set's rows, which can be streamed repeatedly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mmcli.core.token_ids import FIRST_WORD
from mmcli.modalities.text.words.vectors import Array

_BLOCK = 4096


@dataclass(frozen=True, eq=False)
class RowCorpus:
    """Sentences as lists of words, read from id rows block by block.

    Attributes:
        rows: `[N, T]` int32 ids of the text codec; may be a memory map.
        vocabulary: Words of ids 4, 5, ...
    """

    rows: Array
    vocabulary: Sequence[str]

    def __iter__(self) -> Iterator[list[str]]:
        words = np.array(self.vocabulary, dtype=object)
        for ids in self.word_ids():
            yield words[ids].tolist()

    def word_ids(self) -> Iterator[Array]:
        """Each sentence as vocabulary indices `[n]`, from 0."""
        for begin in range(0, len(self.rows), _BLOCK):
            for row in self.rows[begin : begin + _BLOCK]:
                yield row[row >= FIRST_WORD] - FIRST_WORD
