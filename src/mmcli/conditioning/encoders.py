"""The encoders of an artifact: rows of a field in network form to unit vectors."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy.typing as npt
import tensorflow as tf

from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.nn import networks_io
from mmcli.nn.graphs import graph
from mmcli.nn.padding import in_length_chunks

Array = npt.NDArray[Any]
_CHUNK = 64


class Encoders:
    """Loads only the encoders of some fields.

    Args:
        folder: An artifact with networks `encoder.FIELD`.
        fields: Names of the fields.

    Raises:
        IntegrityError: An encoder is missing or corrupted.
    """

    def __init__(self, folder: Path, fields: Sequence[str]) -> None:
        networks, _ = networks_io.load(folder, tuple(f"encoder.{name}" for name in fields))
        missing = [name for name in fields if f"encoder.{name}" not in networks]
        if missing:
            raise IntegrityError(f"no encoder of the field {visible(missing[0])}", visible(folder), "rerun embed")
        names, out = {name: f"encoder.{name}" for name in fields}, {"vector": (None, None)}
        models = {name: networks_io.check_ports(networks[full], full, visible(folder), outputs=out) for name, full in names.items()}
        # One trace serves all lengths.
        self._graphs = {
            name: graph(
                lambda x, m=model: m(x, training=False)["vector"], input_signature=(tf.TensorSpec(model.input.shape, model.input.dtype),)
            )
            for name, model in models.items()
        }

    def vectors(self, name: str, rows: Array) -> Array:
        """Unit vectors `[N, d]` float32 of rows or padded items `[N, ...]` in network form; a row's result does not depend on N."""
        return in_length_chunks(lambda x: self._graphs[name](tf.constant(x)), rows, _CHUNK)[0]
