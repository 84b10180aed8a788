"""Begin from the networks of another generator: whatever has the same place and shape is taken."""

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
    """Copy weights of a `gan` artifact into a trainer's networks, and say how much was taken.

    Weights of another shape, such as those that read another condition, stay as they were initialised.

    Raises:
        IntegrityError: Its networks are of another kind, or nothing of one fits.
    """
    from mmcli.nn import networks_io

    theirs, _ = recipes.read(folder)
    tensors = weights.load(folder / networks_io.WEIGHTS_NAME)
    for name, networks in trainer.starting_networks().items():
        builder = theirs.get(name, {}).get("builder", "nothing")
        if any(net.builder != builder for net in networks):
            what = f"the {name} there is {visible(builder)}, the one to train is {networks[0].builder}"
            raise IntegrityError(what, visible(folder), "choose a GAN of the same modality and --preset")
        (taken, total), *_ = [_copy(net, name, tensors) for net in networks]
        if not taken:
            what = f"no weight of the {name} there has the shape that is needed"
            raise IntegrityError(what, visible(folder), "use the same --width and size")
        ui.info(f"{name}: took {taken:,} of {total:,} weights from {visible(folder)}")


def _copy(net: Network, prefix: str, tensors: weights.Tensors) -> tuple[int, int]:
    """Copy what fits; returns how many numbers were taken, of how many."""
    taken = total = 0
    for i, weight in enumerate(net.model.weights):
        size = int(np.prod(weight.shape))
        total += size
        found = next((array for name, array in tensors.items() if name.startswith(f"{prefix}/{i:04d}.")), None)
        if found is not None and found.shape == tuple(weight.shape) and str(found.dtype) == str(weight.dtype):
            weight.assign(found)
            taken += size
    return taken, total
