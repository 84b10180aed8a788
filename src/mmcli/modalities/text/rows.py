"""Count the tokens of all texts on disk and convert them to rows of ids without loading them at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays
from mmcli.artifacts.shards import ShardWriter
from mmcli.core.token_ids import END, UNKNOWN
from mmcli.modalities.ingest import FitPlan
from mmcli.modalities.text.codec import TextCodec

IntArray = npt.NDArray[np.int64]
_BLOCK = 4096
_MANY = 0.05  # warn if a larger fraction of the texts is truncated


class TokenStore:
    """Texts as word indices: `flat[end - length : end]` for each.

    Args:
        words: Word of each index.
        flat: File of all texts' indices, concatenated.
        lengths: File of the texts' lengths.
    """

    def __init__(self, words: list[str], flat: Path, lengths: Path) -> None:
        self.words = words
        self._flat = arrays.load(flat)
        self.lengths: IntArray = np.asarray(arrays.load(lengths), dtype=np.int64)
        self._ends = np.cumsum(self.lengths)

    def blocks(self) -> Iterator[tuple[slice, IntArray, IntArray]]:
        """Rows, their concatenated word indices, and their lengths."""
        for start in range(0, len(self.lengths), _BLOCK):
            rows = slice(start, min(start + _BLOCK, len(self.lengths)))
            first = int(self._ends[start] - self.lengths[start])
            yield rows, np.asarray(self._flat[first : int(self._ends[rows.stop - 1])]), self.lengths[rows]

    def count(self, chosen: npt.NDArray[np.bool_]) -> dict[str, int]:
        """Count of each word in the chosen texts; words that do not occur are omitted."""
        total = np.zeros(len(self.words), dtype=np.int64)
        for rows, flat, lengths in self.blocks():
            total += np.bincount(flat[np.repeat(chosen[rows], lengths)], minlength=len(total))
        return {word: int(total[number]) for number, word in enumerate(self.words) if total[number]}

    def pieces(self, codec: TextCodec) -> PieceIds:
        """Ids of each word's pieces; one per word for word tokenisers."""
        known = codec.ids
        found = [[known.get(piece, UNKNOWN) for piece in codec.subwords(word)] for word in self.words]
        counts = np.array([len(ids) for ids in found], dtype=np.int64)
        return PieceIds(np.array([number for ids in found for number in ids], dtype=np.int32), np.cumsum(counts) - counts, counts)


@dataclass(frozen=True)
class PieceIds:
    """Ids of words: those of word w are `ids[starts[w] : starts[w] + counts[w]]`."""

    ids: npt.NDArray[np.int32]
    starts: IntArray
    counts: IntArray

    def lengths_of(self, store: TokenStore) -> IntArray:
        """Length of each text in ids."""
        if (self.counts == 1).all():
            return store.lengths
        return np.concatenate([_sums(self.counts[flat], lengths) for _, flat, lengths in store.blocks()])

    def expand(self, flat: IntArray, lengths: IntArray) -> tuple[npt.NDArray[np.int32], IntArray]:
        """Concatenated ids of texts, and their lengths."""
        counts = self.counts[flat]
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return self.ids[np.repeat(self.starts[flat], counts) + within], _sums(counts, lengths)


def _sums(values: IntArray, lengths: IntArray) -> IntArray:
    """Sum of each run of the given lengths."""
    totals = np.concatenate([[0], np.cumsum(values)])
    ends = np.cumsum(lengths)
    return np.asarray(totals[ends] - totals[ends - lengths], dtype=np.int64)


def write_rows(codec: TextCodec, store: TokenStore, pieces: PieceIds, plan: FitPlan, max_tokens: int) -> tuple[dict[str, Any], IntArray]:
    """Write the rows of all texts and of their copies.

    Returns:
        Number of unknown tokens and truncated texts; number of tokens of each text before truncation, `[N]`.
    """
    room, tokens = codec.length - 1, np.zeros(len(store.lengths), np.int64)
    seen, unknown, cut = {True: 0, False: 0}, {True: 0, False: 0}, 0
    with ShardWriter(plan.target, codec.row_shape, np.int32, plan.shard_bytes) as writer:
        for rows, flat, lengths in store.blocks():
            ids, counts = pieces.expand(flat, lengths)
            writer.append(_block(ids, counts, codec.length, plan.present[rows]))
            cut, tokens[rows] = cut + int((counts > room).sum()), counts
            in_train = np.repeat(plan.train[rows], counts)
            for train in (True, False):
                seen[train] += int((in_train == train).sum())
                unknown[train] += int((ids[in_train == train] == UNKNOWN).sum())
        _append_copies(writer, plan)
    writer.place(plan.target)
    shares = {name: unknown[train] / seen[train] if seen[train] else 0.0 for name, train in (("train", True), ("held_out", False))}
    facts = {"tokens": sum(seen.values()), "cut": cut, "unknown_share": {name: round(share, 6) for name, share in shares.items()}}
    present = int(plan.present.sum())
    if cut > _MANY * present:
        limit = f"{room:,} tokens" if codec.length == max_tokens else f"the longest train text, {room:,} tokens,"
        advice = "; increase --max-tokens to keep more" if codec.length == max_tokens else ""
        facts["warning"] = f"{cut:,} of {present:,} texts are longer than {limit} and were truncated{advice}"
    return facts, tokens


def _block(ids: npt.NDArray[np.int32], counts: IntArray, length: int, present: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    kept = np.minimum(counts, length - 1)
    places = np.arange(length)
    block = np.zeros((len(counts), length), dtype=np.int32)
    inside = places < kept[:, None]
    block[inside] = ids[((np.cumsum(counts) - counts)[:, None] + places)[inside]]
    block[np.arange(len(counts)), kept] = END
    block[~present] = 0
    return block


def _append_copies(writer: ShardWriter, plan: FitPlan) -> None:
    """Texts are copied unchanged."""
    if not plan.copies:
        return
    writer.flush()
    rows = writer.load()
    train = np.flatnonzero(plan.train)
    for _ in range(plan.copies):
        for start in range(0, len(train), _BLOCK):
            writer.append(rows[train[start : start + _BLOCK]])
