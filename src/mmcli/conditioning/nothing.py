"""The empty context, for unconditional generators."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from mmcli.conditioning.context import Context
from mmcli.nn.networks_io import Network

Array = npt.NDArray[Any]


class NoConditioner:
    """See `conditioner.Conditioner`; it reads no field, and every context is a single zero."""

    kind = "none"

    def __init__(self) -> None:
        self.fields: list[str] = []
        self.dim, self.num_tokens = 1, 0
        self.networks: dict[str, Network] = {}

    @classmethod
    def load(cls, folder: Path) -> Self:
        """There is nothing to load."""
        del folder
        return cls()

    def reads(self, name: str) -> bool:
        """No field."""
        del name
        return False

    def encode(self, name: str, rows: Array) -> Array:
        """No tokens, `[B, 0, 1]`."""
        del name
        return np.zeros((len(rows), 0, self.dim), np.float32)

    def fuse(self, tokens: Array, mask: Array) -> Context:
        """See `Conditioner.fuse`."""
        del tokens
        count = len(mask)
        return Context(np.zeros((count, 1), np.float32), np.zeros((count, 0, 1), np.float32), np.zeros((count, 0), bool))

    def condition(self, rows: Mapping[str, Array], mask: Array) -> Context:
        """See `Conditioner.condition`."""
        del rows
        return self.fuse(mask, mask)

    def write(self, folder: Path) -> None:
        """There is nothing to write."""
