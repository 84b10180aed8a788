"""Make contexts from a record's fields: by a fusion network, from labels, or without a condition."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy.typing as npt

from mmcli.conditioning.context import Context
from mmcli.conditioning.field_batch import FieldBatch
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.nn import networks_io
from mmcli.nn.networks_io import Network

Array = npt.NDArray[Any]
KEY = "conditioner"  # in the extra of `model.json`; a `fused` artifact, which has only one kind, omits it


class Conditioner(Protocol):
    """Makes conditions from the available fields; that of a record does not depend on the rest of its batch.

    Attributes:
        kind: Its name in `model.json`.
        fields: Names of the fields that it can read, in the order of a mask's columns.
        dim: d, the width of a context's vector and of each token.
        num_tokens: S, number of tokens of a context.
        networks: Its networks, which are stored in the artifact.
    """

    kind: str
    fields: list[str]
    dim: int
    num_tokens: int
    networks: dict[str, Network]

    def reads(self, name: str) -> bool:
        """Whether it encodes rows of this field."""
        ...

    def condition(self, rows: Mapping[str, Array], mask: Array) -> Context | FieldBatch:
        """Conditions of records: contexts, or the items themselves.

        Args:
            rows: Field name to rows `[B, ...]` in network form; fields may be omitted.
            mask: `[B, F]`, 1 where the record has the field.
        """
        ...

    def write(self, folder: Path) -> None:
        """Write its state other than the networks into an artifact."""
        ...


class ContextConditioner(Conditioner, Protocol):
    """A conditioner that makes contexts."""

    def encode(self, name: str, rows: Array) -> Array:
        """Tokens `[B, T, d]` of rows `[B, ...]` in network form."""
        ...

    def fuse(self, tokens: Array, mask: Array) -> Context:
        """Contexts of encoded records: `tokens [B, F, T, d]` of any float type, `mask [B, F]`."""
        ...

    def condition(self, rows: Mapping[str, Array], mask: Array) -> Context:
        """See `Conditioner.condition`."""
        ...


def load(folder: Path) -> Conditioner:
    """The conditioner of a `fused` artifact or of a trained generator.

    Raises:
        IntegrityError: It is corrupted or inconsistent.
    """
    from mmcli.conditioning.as_given import ItemConditioner
    from mmcli.conditioning.fused import FusedConditioner
    from mmcli.conditioning.labels import LabelConditioner
    from mmcli.conditioning.nothing import NoConditioner

    _, extra = networks_io.read_recipes(folder)
    kind = extra.get(KEY, FusedConditioner.kind)
    for known in (FusedConditioner, LabelConditioner, NoConditioner, ItemConditioner):
        if kind == known.kind:
            return known.load(folder)
    raise IntegrityError(
        f"unknown conditioner {visible(kind, 40)}", visible(folder), "use the version of mmcli that made it, or train again"
    )
