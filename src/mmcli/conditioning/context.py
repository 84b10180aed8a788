"""The condition that a generator reads: one vector, and a sequence of tokens with a mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Context:
    """The contexts of a batch of records, or of a batch per step; `...` are these axes.

    Attributes:
        vector: `[..., d]`; zeros without any given field.
        tokens: `[..., S, d]`.
        mask: `[..., S]` bool; which tokens are valid.
    """

    vector: Array
    tokens: Array
    mask: Array

    @classmethod
    def from_rows(cls, rows: Array, dim: int) -> Self:
        """Inverse of `rows`, for contexts whose tokens are all valid unless nothing is given.

        Args:
            rows: `[..., (S + 1) d]`.
            dim: d.
        """
        tokens = rows[..., dim:].reshape(*rows.shape[:-1], -1, dim)
        return cls(rows[..., :dim], tokens, np.repeat(rows.any(-1, keepdims=True), tokens.shape[-2], -1))

    def rows(self) -> Array:
        """Vector and tokens concatenated, `[..., (S + 1) d]`: for networks that read one flat vector.

        In half precision, since training stores conditions in it, and the conditions in generation
        must equal those in training.
        """
        flat = self.tokens.reshape(*self.tokens.shape[:-2], -1)
        return np.concatenate([self.vector, flat], -1).astype(np.float16)

    def for_sampler(self) -> Array:
        """The condition as samplers of vectors take it, `[..., D]` float32."""
        return self.rows().astype(np.float32)


def half(values: Array) -> Array:
    """Values in half precision, clipped to its range."""
    largest = float(np.finfo(np.float16).max)
    return np.clip(values, -largest, largest).astype(np.float16)
