"""Initialise from another generator: weights with the same position and shape are copied."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmcli.artifacts import recipes, weights
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.core.ui import Ui

if TYPE_CHECKING:
    from mmcli.nn.networks_io import Network
    from mmcli.training.trainer import Trainer


def begin_from(trainer: Trainer, folder: Path, ui: Ui) -> None:
    """Copy weights of a `gan` artifact into a trainer's networks, and report how many.

    Weights of a different shape, such as those that read a different condition, keep their initial values.

    Raises:
        IntegrityError: Its networks are of another kind, or no weight of one has a matching shape.
    """
    from mmcli.nn import networks_io

    theirs, _ = recipes.read(folder)
    tensors = weights.load(folder / networks_io.WEIGHTS_NAME)
    for name, networks in trainer.starting_networks().items():
        builder = theirs.get(name, {}).get("builder", "nothing")
        if any(net.builder != builder for net in networks):
            what = f"its {name} is {visible(builder)}, but the {name} to train is {networks[0].builder}"
            raise IntegrityError(what, visible(folder), "choose a GAN of the same modality and --preset")
        (taken, total), *_ = [_copy(net, name, tensors) for net in networks]
        if not taken:
            what = f"no weight of its {name} has a matching shape"
            raise IntegrityError(what, visible(folder), "use the same --width and item size")
        ui.info(f"{name}: loaded {taken:,} of {total:,} weights from {visible(folder)}")


def _copy(net: Network, prefix: str, tensors: weights.Tensors) -> tuple[int, int]:
    """Copy matching weights; returns the number of copied parameters and of all parameters."""
    taken = total = 0
    for i, weight in enumerate(net.model.weights):
        size = int(np.prod(weight.shape))
        total += size
        found = next((array for name, array in tensors.items() if name.startswith(f"{prefix}/{i:04d}.")), None)
        if found is not None and found.shape == tuple(weight.shape) and str(found.dtype) == str(weight.dtype):
            weight.assign(found)
            taken += size
    return taken, total
