"""Begin from the networks of another GAN: whatever has the same place and shape is taken."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmcli.artifacts import weights
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.core.ui import Ui

if TYPE_CHECKING:
    from mmcli.nn.networks_io import Network
    from mmcli.training.loop import GanTrainer


def begin_from(trainer: GanTrainer, folder: Path, ui: Ui) -> None:
    """Copy weights of a `gan` artifact into a trainer's networks, and say how much was taken.

    Weights of another shape, such as those that read another condition, stay as they were initialised.

    Raises:
        IntegrityError: Its networks are of another kind, or nothing of one fits.
    """
    from mmcli.nn import networks_io

    recipes, _ = networks_io.read_recipes(folder)
    tensors = weights.load(folder / networks_io.WEIGHTS_NAME)
    raw = {"generator": trainer.generator} if hasattr(trainer, "generator") else {}
    for prefix, nets in (
        ("generator", [trainer.networks()["generator"], *raw.values()]),
        ("discriminator", [trainer.networks()["discriminator"]]),
    ):
        theirs = recipes.get(prefix, {}).get("builder", "nothing")
        for number, net in enumerate(nets):
            if theirs != net.builder:
                what = f"the {prefix} there is {visible(theirs)}, the one to train is {net.builder}"
                raise IntegrityError(what, visible(folder), "choose a GAN of the same modality and --preset")
            taken, total = _copy(net, prefix, tensors)
            if not taken:
                raise IntegrityError(
                    f"no weight of the {prefix} there has the shape that is needed", visible(folder), "use the same --width and size"
                )
            if not number:
                ui.info(f"{prefix}: took {taken:,} of {total:,} weights from {visible(folder)}")


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
