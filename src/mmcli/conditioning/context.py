"""What a generator reads of the fields that a record was given: one vector, and a sequence of tokens with a mask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Context:
    """The contexts of some records, or of a batch for each of some steps; `...` are these axes.

    Attributes:
        vector: `[..., d]`; zeros where nothing is given.
        tokens: `[..., S, d]`.
        mask: `[..., S]` bool; which tokens count.
    """

    vector: Array
    tokens: Array
    mask: Array

    @classmethod
    def from_rows(cls, rows: Array, dim: int) -> Self:
        """Inverse of `rows`, for contexts whose tokens all count unless nothing at all is given.

        Args:
            rows: `[..., (S + 1) d]`.
            dim: d.
        """
        tokens = rows[..., dim:].reshape(*rows.shape[:-1], -1, dim)
        return cls(rows[..., :dim], tokens, np.repeat(rows.any(-1, keepdims=True), tokens.shape[-2], -1))

    def rows(self) -> Array:
        """Vector and tokens side by side, `[..., (S + 1) d]`: for networks that read one flat vector.

        In half precision: what is generated for a record must equal what was trained on, and
        training keeps conditions in it.
        """
        flat = self.tokens.reshape(*self.tokens.shape[:-2], -1)
        return np.concatenate([self.vector, flat], -1).astype(np.float16)


def half(values: Array) -> Array:
    """Values in half precision; what is too large for it becomes its largest."""
    largest = float(np.finfo(np.float16).max)
    return np.clip(values, -largest, largest).astype(np.float16)
