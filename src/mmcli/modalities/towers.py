"""Build the encoder of each field from the options, including pretrained vectors and pre-training."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt

from mmcli.core.ui import Ui
from mmcli.modalities import registry
from mmcli.modalities.base import Codec
from mmcli.modalities.modality import resolve
from mmcli.modalities.options import EncoderConfig
from mmcli.modalities.sequences import Rows
from mmcli.nn.networks_io import Network

Array = npt.NDArray[Any]
ConfigT = TypeVar("ConfigT", bound=EncoderConfig)


@dataclass(frozen=True, eq=False)
class EncoderJob(Generic[ConfigT]):
    """Inputs from which an encoder is built.

    Attributes:
        field: Name of the field.
        codec: Its codec.
        rows: Its rows `[N, ...]` of all records, read or computed on access.
        train_rows: Indices of present rows of the train split.
        validation_rows: Indices of present rows of the validation split.
        folder: The artifact being built.
        config: Options.
        ui: Receives progress.
    """

    field: str
    codec: Codec
    rows: Rows
    train_rows: Array
    validation_rows: Array
    folder: Path
    config: ConfigT
    ui: Ui

    @cached_property
    def train(self) -> Array:
        """Present rows of the train split."""
        return np.asarray(self.rows[self.train_rows])

    @cached_property
    def validation(self) -> Array:
        """Present rows of the validation split."""
        return np.asarray(self.rows[self.validation_rows])

    def recipe(self) -> dict[str, Any]:
        """Arguments common to all encoder builders."""
        return {"shape": list(self.codec.network_shape), "dim": self.config.dim, "tokens": self.config.tokens}


def build_tower(job: EncoderJob[Any]) -> Network:
    """Build the encoder of one field, ready for joint training."""
    found: Network = resolve(registry.find(job.codec.modality).encoder)(job)
    return found
