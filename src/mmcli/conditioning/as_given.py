"""No fusion: the given items themselves are the condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from mmcli.conditioning.field_batch import FieldBatch
from mmcli.nn import networks_io
from mmcli.nn.networks_io import Network

Array = npt.NDArray[Any]


class ItemConditioner:
    """See `conditioner.Conditioner`; a condition is a `FieldBatch`, and the generator's network reads it.

    Args:
        fields: Names of the given fields.
    """

    kind = "items"
    dim, num_tokens = 0, 0

    def __init__(self, fields: Sequence[str]) -> None:
        self.fields = list(fields)
        self.networks: dict[str, Network] = {}

    @classmethod
    def load(cls, folder: Path) -> Self:
        """From an artifact."""
        _, extra = networks_io.read_recipes(folder)
        return cls(extra.get("fields", []))

    def reads(self, name: str) -> bool:
        """Whether it is a given field."""
        return name in self.fields

    def condition(self, rows: Mapping[str, Array], mask: Array) -> FieldBatch:
        """The items; `mask [B, F]` says which records have which field."""
        there = np.asarray(mask) > 0
        present = {name: there[:, place] for place, name in enumerate(self.fields) if name in rows}
        return FieldBatch({name: rows[name] for name in present}, present, len(there))

    def write(self, folder: Path) -> None:
        """There is nothing to write: the codecs are the artifact's."""
