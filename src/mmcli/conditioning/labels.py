"""Contexts of labels: a class is its one-hot vector; nothing is learned."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import jsonio
from mmcli.conditioning.context import Context
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.modalities import codec_file, label, read_codec
from mmcli.nn.networks_io import Network

Array = npt.NDArray[Any]


class LabelConditioner:
    """See `conditioner.Conditioner`; its one field is the label, and a context has no tokens.

    Args:
        codec: Converts between names, numbers and one-hot vectors.
    """

    kind = "label"

    def __init__(self, codec: label.LabelCodec) -> None:
        self.codec, self.fields = codec, [label.FIELD]
        self.dim, self.num_tokens = len(codec.names), 0
        self.networks: dict[str, Network] = {}

    @classmethod
    def load(cls, folder: Path) -> Self:
        """From an artifact.

        Raises:
            IntegrityError: It does not contain the classes.
        """
        codec = read_codec(folder / codec_file(label.FIELD))
        if not isinstance(codec, label.LabelCodec):
            raise IntegrityError("the classes of the labels are missing", visible(folder), "train again")
        return cls(codec)

    def reads(self, name: str) -> bool:
        """Whether the field is the label."""
        return name == label.FIELD

    def encode(self, name: str, rows: Array) -> Array:
        """One-hot rows `[B, classes]` as tokens `[B, 1, classes]`."""
        del name
        return np.asarray(rows, np.float32)[:, None]

    def fuse(self, tokens: Array, mask: Array) -> Context:
        """The one token as the vector; zeros for a record without a label."""
        vector = np.asarray(tokens, np.float32)[:, 0, 0] * np.asarray(mask, np.float32)[:, :1]
        return Context(vector, np.zeros((len(vector), 0, self.dim), np.float32), np.zeros((len(vector), 0), bool))

    def condition(self, rows: Mapping[str, Array], mask: Array) -> Context:
        """See `Conditioner.condition`."""
        one_hot = rows.get(label.FIELD, np.zeros((len(mask), self.dim), np.float32))
        return self.fuse(one_hot[:, None, None], mask)

    def write(self, folder: Path) -> None:
        """Write the classes."""
        jsonio.write(folder / codec_file(label.FIELD), self.codec.to_json())
