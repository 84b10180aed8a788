"""Conditions of the records for training and generation: one vector per record and subset of given fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.core.streams import Purpose, generator

Array = npt.NDArray[Any]
_NUM_PAIRS = 2000
# Two conditions closer than this cosine count as the same one.
SAME_CONDITION = 0.9
_CHUNK = 512
MAX_GIVEN = 6


def flat_condition(condition: Array, latents: Array) -> Array:
    """Join the condition `[B, d]` and its latents `[B, K, d]` to one row `[B, (K + 1) d]`."""
    return np.concatenate([condition, latents.reshape(len(latents), -1)], axis=1).astype(np.float32)


@dataclass(frozen=True)
class ConditionTable:
    """Conditions of n records for every subset of the G given fields.

    Attributes:
        values: `[n, 2**G, D]` float16; subset s holds field g when bit g of s is set. Subset 0, no
            field at all, is zeros.
        present: `[n]` integers, the bits of the fields that a record has.
    """

    values: Array
    present: Array

    @property
    def num_subsets(self) -> int:
        """2**G."""
        return int(self.values.shape[1])

    @classmethod
    def build(cls, conditioner: Any, tokens: dict[str, Array], present: dict[str, Array], given: list[str]) -> ConditionTable:
        """Fuse every subset of the given fields' tokens.

        Args:
            conditioner: See `models.conditioner`.
            tokens: Field to `[n, T, d]`.
            present: Field to `[n]` bool.
            given: Names of the given fields.
        """
        count = len(next(iter(tokens.values())))
        bits = np.zeros(count, dtype=np.int64)
        for i, name in enumerate(given):
            bits |= present[name].astype(np.int64) << i
        values = np.zeros((count, 2 ** len(given), (conditioner.latents + 1) * conditioner.dim), dtype=np.float16)
        for subset in range(1, 2 ** len(given)):
            for begin in range(0, count, _CHUNK):
                chunk = slice(begin, begin + _CHUNK)
                values[chunk, subset] = _fuse(conditioner, tokens, given, bits[chunk] & subset, chunk)
        return cls(values, bits)

    @classmethod
    def nothing(cls, count: int, width: int) -> ConditionTable:
        """No condition at all for `count` records."""
        return cls(np.zeros((count, 1, width), np.float16), np.zeros(count, np.int64))

    def full(self) -> Array:
        """Conditions `[n, D]` on all fields that each record has."""
        return self.values[np.arange(len(self.present)), self.present]

    def distinct_share(self, seed: int) -> float:
        """Share of pairs of records whose full conditions differ (cosine below 0.9): 1 means that every record has its own."""
        if self.num_subsets == 1:
            return 0.0
        rng = generator(seed, Purpose.CONDITION_PAIRS)
        a, b = (rng.integers(len(self.present), size=_NUM_PAIRS) for _ in range(2))
        full = self.full().astype(np.float32)
        unit = full / np.maximum(np.linalg.norm(full, axis=1, keepdims=True), 1e-6)
        return float(((unit[a] * unit[b]).sum(1) < SAME_CONDITION)[a != b].mean())

    def draw(self, seed: int, step: int, rows: Array, dropout: float, unconditional: float) -> Array:
        """Choose a subset per record: each field is hidden with `dropout`, never all of them.

        With probability `unconditional` a record is used without any condition. The result
        depends on seed and step alone.
        """
        rng = generator(seed, Purpose.CONDITION_SUBSET, step)
        present = self.present[rows]
        width = max(1, (self.num_subsets - 1).bit_length())
        keep = (rng.random((len(rows), width)) >= dropout) @ (1 << np.arange(width))
        chosen = present & keep.astype(np.int64)
        chosen = np.where(chosen == 0, present, chosen)
        return np.where(rng.random(len(rows)) < unconditional, 0, chosen)


def _fuse(conditioner: Any, tokens: dict[str, Array], given: list[str], bits: Array, chunk: slice) -> Array:
    mask = np.zeros((len(bits), len(conditioner.fields)), dtype=np.float32)
    some = next(iter(tokens.values()))
    joined = np.zeros((len(bits), len(conditioner.fields), *some.shape[1:]), dtype=np.float32)
    for i, name in enumerate(given):
        column = conditioner.fields.index(name)
        mask[:, column] = (bits >> i) & 1
        joined[:, column] = tokens[name][chunk]
    condition, latents = conditioner.from_tokens(joined, mask)
    return flat_condition(np.asarray(condition), np.asarray(latents))
