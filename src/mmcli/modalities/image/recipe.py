"""Figures for image GANs: `compact` is measured on CPUs, `r3gan` follows arXiv 2501.05441."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from mmcli.modalities.recipe import GanRecipe

if TYPE_CHECKING:
    from mmcli.modalities.recipe import ConfigT

_PIXELS = 32 * 32  # for which `compact` was measured
_GAMMA_AT = ((32, 0.05), (64, 2.0), (256, 150.0))  # side, first gamma of r3gan
_MANY, _FEW = 10_000, 1000  # records
_SHORT_KIMG, _SHORT_MINUTES = 300, 10


class ImageRecipe(GanRecipe):
    """Figures that follow from the size of the pictures, their number and the budget."""

    def for_data(self, config: ConfigT, shape: list[int], counts: tuple[int, int], has_gpu: bool) -> ConfigT:
        """Fill in what the options leave open."""
        num_records = counts[0]
        preset = config.preset if config.preset != "auto" else "r3gan" if has_gpu else "compact"
        sized = self._r3gan(shape, num_records, config) if preset == "r3gan" else self._compact(shape, num_records, config)
        depth = config.depth or (2 if num_records >= _FEW and not _is_short(config) else 1)
        config = replace(config, preset=preset, depth=depth if preset == "r3gan" else 0)
        if not config.penalty_interval:
            config = replace(config, penalty_interval=1 if preset == "r3gan" and has_gpu else 4)
        if config.augment == ("auto",):
            config = replace(config, augment=("translation", "colour") if shape[2] >= 3 and num_records < _MANY else ("none",))
        return GanRecipe.for_data(sized, config, shape, counts, has_gpu)

    def _compact(self, shape: list[int], num_records: int, config: ConfigT) -> GanRecipe:
        larger = max(1.0, shape[0] * shape[1] / _PIXELS)
        wide = num_records >= _MANY and config.kimg >= 10 * _SHORT_KIMG
        return replace(
            self,
            batch_size=_batch(shape),
            gamma=self.gamma * larger,
            width=self.width * (2 if wide else 1),
            max_kimg=max(self.min_kimg, self.max_kimg / math.sqrt(larger)),
        )

    def _r3gan(self, shape: list[int], num_records: int, config: ConfigT) -> GanRecipe:
        compact = self._compact(shape, num_records, config)
        width = 64 if num_records >= _MANY and not _is_short(config) else 32
        return replace(
            compact,
            learning_rate=2e-4,
            gamma=_interpolated(math.sqrt(shape[0] * shape[1])),
            gamma_records=0,  # the figures are for any number: augmentation is for few
            width=width if max(shape[:2]) <= 64 else width // 2,
        )


def _batch(shape: list[int]) -> int:
    side = math.sqrt(shape[0] * shape[1])
    return 64 if side <= 48 else 32 if side <= 96 else 16


def _is_short(config: ConfigT) -> bool:
    return 0 < config.kimg < _SHORT_KIMG or 0 < config.minutes < _SHORT_MINUTES


def _interpolated(side: float) -> float:
    """Gamma for a side, on straight lines between the published ones in the logarithms."""
    (low, _), (middle, _), (high, _) = _GAMMA_AT
    first, second = _GAMMA_AT[:2] if side <= middle else _GAMMA_AT[1:]
    place = (math.log(min(max(side, low), high)) - math.log(first[0])) / math.log(second[0] / first[0])
    return float(math.exp(math.log(first[1]) + place * math.log(second[1] / first[1])))


RECIPE = ImageRecipe(
    trainer="mmcli.generators.gan.pairing_gan:PairingGan",
    sampler="mmcli.generators.gan.sampling:NoiseSampler",
    batch_size=64,
    learning_rate=4e-4,
    gamma=0.1,
    gamma_records=60_000,
    width=32,
    epochs=100,
    min_kimg=60,
    max_kimg=2000,
)
