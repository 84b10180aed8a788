"""How a modality's GAN is trained unless the user says otherwise."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from mmcli.core.errors import UsageError
from mmcli.modalities import registry

if TYPE_CHECKING:
    from mmcli.generators.gan.options import GanConfig

    ConfigT = TypeVar("ConfigT", bound=GanConfig)


MAX_GAMMA_FACTOR = 40.0


@dataclass(frozen=True)
class GanRecipe:
    """Defaults of one modality.

    Attributes:
        trainer: "module:class" that trains it.
        sampler: "module:class" that makes items with its generator.
        batch_size: Items per step.
        learning_rate: Of both networks.
        gamma: Weight of R1 and R2 for `gamma_records` records; few records need more, see `gamma_for`.
        gamma_records: How many records `gamma` is meant for.
        width: Channels of the networks.
        epochs: Default budget in passes over the data, within `min_kimg` and `max_kimg`.
        min_kimg, max_kimg: Bounds of the default budget in thousands of items.
    """

    trainer: str
    sampler: str
    batch_size: int
    learning_rate: float
    gamma: float
    gamma_records: int
    width: int
    epochs: float
    min_kimg: float
    max_kimg: float

    def gamma_for(self, num_records: int) -> float:
        """Weight of the penalties, in inverse proportion to the number of records, up to 40 times.

        Measured on 1,384 digits of 16 x 16: with the figure for 60,000 pictures the generator
        makes one picture per class (a quarter of the real standard deviation after 50 s), with 40
        times as much three quarters after 24 s.
        """
        return self.gamma * min(max(self.gamma_records / max(1, num_records), 1.0), MAX_GAMMA_FACTOR)

    def for_data(self, config: ConfigT, shape: list[int], counts: tuple[int, int], has_gpu: bool) -> ConfigT:
        """Fill in what the options leave to the modality and the data.

        Args:
            config: Options.
            shape: Of one item in network form.
            counts: Train records, and all records that have the target.
            has_gpu: Whether there is a GPU.
        """
        del shape, has_gpu
        if not config.kimg and not config.minutes and not config.steps:
            wanted = self.epochs * counts[0] / 1000
            config = replace(config, kimg=min(max(wanted, self.min_kimg), self.max_kimg))
        return replace(
            config,
            preset="compact" if config.preset == "auto" else config.preset,
            augment=("none",) if config.augment == ("auto",) else config.augment,
            penalty_interval=config.penalty_interval or 4,
            batch_size=config.batch_size or self.batch_size,
            learning_rate=config.learning_rate or self.learning_rate,
            gamma=self.gamma_for(counts[1]) if config.gamma < 0 else config.gamma,
            width=config.width or self.width,
        )

    def load_trainer(self) -> Any:
        """Import the trainer's class, and Keras with it."""
        return _load(self.trainer)

    def load_sampler(self) -> Any:
        """Import the sampler's class, and Keras with it."""
        return _load(self.sampler)


def recipe_of(modality: str) -> GanRecipe:
    """Recipe of a modality."""
    found = registry.find(modality).gan_recipe()
    if found is None:
        raise UsageError(f"no GAN makes a field of the modality {modality}", "--target", "choose another field")
    return found


def _load(place: str) -> Any:
    module, name = place.split(":")
    return getattr(importlib.import_module(module), name)
