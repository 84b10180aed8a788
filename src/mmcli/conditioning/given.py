"""Conditions in training: random subsets of each record's given fields, fused on demand."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from mmcli.conditioning.conditioner import ContextConditioner
from mmcli.conditioning.context import Context
from mmcli.conditioning.given_tokens import TokenSource
from mmcli.conditioning.hiding import visible_fields
from mmcli.conditioning.memo import ContextMemo
from mmcli.core.streams import Purpose, generator

Array = npt.NDArray[Any]
_NUM_PAIRS = 2000
# Conditions with a higher cosine similarity count as the same.
SAME_CONDITION = 0.9


class GivenFields:
    """The given fields of n records, and the contexts of any subset of them.

    Each field's tokens are stored once per record. Contexts are made on demand, so memory grows with
    the records and the fields, not with the subsets of fields.

    Args:
        conditioner: Makes the contexts.
        tokens: Given field to the tokens of all N records.
        present: `[N, G]` bool; which records have which given field.
        numbers: `[n]` numbers of the selected records.

    Attributes:
        present: `[n, G]` bool.
        width: Width of a context's row.
    """

    def __init__(self, conditioner: ContextConditioner, tokens: Mapping[str, TokenSource], present: Array, numbers: Array) -> None:
        self._conditioner, self._tokens, self._all_present, self._numbers = conditioner, dict(tokens), present, numbers
        self.present = present[numbers]
        self.width = (conditioner.num_tokens + 1) * conditioner.dim

    def __len__(self) -> int:
        return len(self._numbers)

    def of(self, numbers: Array) -> Self:
        """The same for other records."""
        return type(self)(self._conditioner, self._tokens, self._all_present, numbers)

    @cached_property
    def _memo(self) -> ContextMemo:
        return ContextMemo(len(self), len(self._tokens), self.width)

    def contexts(self, rows: Array, visible: Array) -> Context:
        """Contexts of records.

        Args:
            rows: `[...]`, which of the n records.
            visible: `[..., G]` bool, which of their given fields.
        """
        flat, shown = rows.reshape(-1), visible.reshape(rows.size, visible.shape[-1])
        found = np.zeros((len(flat), self.width), np.float16)
        some = np.flatnonzero(shown.any(1))  # the context without any field is zeros
        if len(some):
            found[some] = self._known_or_made(flat[some], shown[some])
        return Context.from_rows(found.reshape(*rows.shape, self.width), self._conditioner.dim)

    def draw(self, seed: int, first_step: int, rows: Array, dropout: float, unconditional: float) -> Context:
        """Contexts of the records `rows [S, B]` of S steps, each on a random subset of its given fields."""
        drawn = [self.drawn(seed, first_step + i, batch, dropout, unconditional) for i, batch in enumerate(rows)]
        return self.contexts(rows, np.stack(drawn))

    def drawn(self, seed: int, step: int, rows: Array, dropout: float, unconditional: float) -> Array:
        """Visible fields `[B, G]` of a step's records `[B]`; see `hiding.visible_fields`."""
        return visible_fields(seed, step, self.present[rows], dropout, unconditional)

    def full(self, rows: Array) -> Array:
        """Rows of contexts `[B, width]` float32 on all given fields that the records `rows [B]` have."""
        return self.contexts(rows, self.present[rows]).rows().astype(np.float32)

    def distinct_fraction(self, seed: int) -> float:
        """Fraction of pairs of records whose full contexts differ (cosine below 0.9); 1 if every record has its own."""
        if not self._tokens:
            return 0.0
        rng = generator(seed, Purpose.CONDITION_PAIRS)
        a, b = (rng.integers(len(self), size=_NUM_PAIRS) for _ in range(2))
        first, second = (_unit(self.full(rows)) for rows in (a, b))
        return float(((first * second).sum(1) < SAME_CONDITION)[a != b].mean())

    def _known_or_made(self, rows: Array, visible: Array) -> Array:
        found, known = self._memo.find(rows, visible)
        new = np.flatnonzero(~known)
        if len(new):
            found[new] = self._made(self._numbers[rows[new]], visible[new])
            self._memo.keep(rows[new], visible[new], found[new])
        return found

    def _made(self, numbers: Array, visible: Array) -> Array:
        fields, joined = self._conditioner.fields, None
        mask = np.zeros((len(numbers), len(fields)), np.float32)
        for given, (name, source) in enumerate(self._tokens.items()):
            chosen = np.flatnonzero(visible[:, given])
            if not len(chosen):
                continue
            tokens = source.read(numbers[chosen])
            if joined is None:
                joined = np.zeros((len(numbers), len(fields), *tokens.shape[1:]), tokens.dtype)
            column = fields.index(name)
            joined[chosen, column], mask[chosen, column] = tokens, 1.0
        assert joined is not None  # every record here has a visible field
        return self._conditioner.fuse(joined, mask).rows()


def _unit(rows: Array) -> Array:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6))
