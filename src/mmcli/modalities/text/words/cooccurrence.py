"""Count word co-occurrences out of core, for GloVe.

Pairs are counted block by block into sorted runs; runs that no longer fit are written to disk, and
merged by key range at the end. So memory is bounded for texts of any size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmcli.artifacts import arrays
from mmcli.artifacts.rowfile import RowWriter
from mmcli.modalities.text.words.vectors import Array

_BLOCK_WORDS = 1 << 18
_RUN_PAIRS = 1 << 23  # about 130 MB
_MERGE_PAIRS = 1 << 22

Run = tuple[Array, Array]


@dataclass(frozen=True, eq=False)
class Cooccurrence:
    """Sparse matrix X of co-occurrence counts.

    Attributes:
        keys: `[P]` int64, row * V + column, ascending.
        counts: `[P]` float32, each greater than 0.
        num_words: V.
    """

    keys: Array
    counts: Array
    num_words: int


def count(sentences: Iterable[Array], num_words: int, window: int, folder: Path, *, run_pairs: int = _RUN_PAIRS) -> Cooccurrence:
    """Count pairs within a window, weighted by 1 / distance, in both directions (Pennington et al. 2014).

    Args:
        sentences: Word indices `[n]` from 0 to V - 1; pairs never cross a sentence boundary.
        num_words: V.
        window: Maximum distance of a pair.
        folder: Folder of the runs and the result, as `.npy` files; the result is a memory map.
        run_pairs: Maximum number of pairs in memory before they are written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    runs: list[Run] = []
    held: Run = (np.zeros(0, np.int64), np.zeros(0, np.float64))
    for block, sentence_numbers in _blocks(sentences):
        held = _reduce([held, _pairs(block, sentence_numbers, num_words, window)])
        if len(held[0]) > run_pairs:
            runs.append(_spill(held, folder, len(runs)))
            held = (held[0][:0], held[1][:0])
    return _merge([*runs, held], num_words, folder)


def _blocks(sentences: Iterable[Array]) -> Iterator[tuple[Array, Array]]:
    """Concatenated words of many sentences `[n]`, and the index of each word's sentence `[n]`."""
    gathered: list[Array] = []
    size = 0
    for sentence in sentences:
        gathered.append(np.asarray(sentence))
        size += len(gathered[-1])
        if size >= _BLOCK_WORDS:
            yield _joined(gathered)
            gathered, size = [], 0
    if size:
        yield _joined(gathered)


def _joined(sentences: list[Array]) -> tuple[Array, Array]:
    numbers = np.repeat(np.arange(len(sentences)), [len(s) for s in sentences])
    return np.concatenate(sentences).astype(np.int64), numbers


def _pairs(words: Array, sentence: Array, num_words: int, window: int) -> Run:
    keys, weights = [], []
    for distance in range(1, min(window, len(words) - 1) + 1):
        same = sentence[:-distance] == sentence[distance:]
        left, right = words[:-distance][same], words[distance:][same]
        keys += [left * num_words + right, right * num_words + left]
        weights.append(np.full(2 * len(left), 1.0 / distance))
    if not keys:
        return np.zeros(0, np.int64), np.zeros(0, np.float64)
    return _reduce([(np.concatenate(keys), np.concatenate(weights))])


def _reduce(runs: list[Run]) -> Run:
    """Sort by key and add up equal keys."""
    keys, counts = (np.concatenate(column) for column in zip(*runs, strict=True))
    order = np.argsort(keys, kind="stable")
    keys, counts = keys[order], counts[order]
    first = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]]) if len(keys) else np.zeros(0, np.int64)
    return keys[first], np.add.reduceat(counts, first) if len(first) else counts


def _spill(run: Run, folder: Path, number: int) -> Run:
    names = [folder / f"run-{number:05d}-{part}.npy" for part in ("keys", "counts")]
    for path, array in zip(names, run, strict=True):
        arrays.save(path, array)
    keys, counts = (arrays.load(path) for path in names)
    return keys, counts


def _merge(runs: list[Run], num_words: int, folder: Path) -> Cooccurrence:
    """Merge sorted runs, one key range of about `_MERGE_PAIRS` pairs at a time."""
    total = sum(len(keys) for keys, _ in runs)
    parts = max(1, -(-total // _MERGE_PAIRS))
    largest = max(runs, key=lambda run: len(run[0]))[0]
    edges = [int(largest[len(largest) * i // parts]) for i in range(1, parts)] if len(largest) else []
    paths = folder / "keys.npy", folder / "counts.npy"
    with RowWriter(paths[0], (), np.int64) as key_file, RowWriter(paths[1], (), np.float32) as count_file:
        for low, high in zip([-1, *edges], [*edges, np.iinfo(np.int64).max], strict=True):
            slices = [slice(*np.searchsorted(keys, [max(low, 0), high])) for keys, _ in runs]
            keys, counts = _reduce([(np.asarray(k[s]), np.asarray(c[s])) for (k, c), s in zip(runs, slices, strict=True)])
            key_file.append(keys)
            count_file.append(counts.astype(np.float32))
    for path in folder.glob("run-*.npy"):
        path.unlink()
    return Cooccurrence(arrays.load(paths[0]), arrays.load(paths[1]), num_words)
