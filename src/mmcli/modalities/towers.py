"""Build the encoder of each field as the options ask, with what it brings along: vectors, pre-training."""

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
class Job(Generic[ConfigT]):
    """What a tower is built from.

    Attributes:
        field: Name of the field.
        codec: Its codec.
        rows: Its rows `[N, ...]` of all records, read or made when they are asked for.
        train_rows: Which of them are of the train split and present.
        validation_rows: The same of the validation split.
        folder: The artifact in the making.
        config: Options.
        ui: Where progress goes.
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
        """Rows of the train split, absent ones left out."""
        return np.asarray(self.rows[self.train_rows])

    @cached_property
    def validation(self) -> Array:
        """Rows of the validation split, absent ones left out."""
        return np.asarray(self.rows[self.validation_rows])

    def recipe(self) -> dict[str, Any]:
        """What every encoder's builder takes."""
        return {"shape": list(self.codec.network_shape), "dim": self.config.dim, "tokens": self.config.tokens}


def build_tower(job: Job[Any]) -> Network:
    """Encoder of one field, ready to be trained with the others."""
    found: Network = resolve(registry.find(job.codec.modality).encoder)(job)
    return found
