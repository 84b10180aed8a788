"""Defaults of a modality's GAN: plain numbers, measured or published; the family `gan` turns them into options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Builders = tuple[str, str]  # names of the builders of a generator and of a discriminator


@dataclass(frozen=True)
class BySize:
    """How defaults depend on the height and width of an item.

    Attributes:
        sides: Minimum and maximum side length that can be generated.
        pixels: Height times width for which the recipe is meant; penalties grow in proportion for larger items, and
            the training budget shrinks with the square root.
        batches: Maximum mean side and the batch size up to it; the recipe's batch size applies to larger items.
    """

    sides: tuple[int, int]
    pixels: int
    batches: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class LargeFigures:
    """Differences of the large networks, the preset for GPUs.

    Attributes:
        name: Name of the preset.
        learning_rate: Learning rate of both networks.
        gamma_at: Mean side of an item and initial weight of the penalties, ascending; interpolated linearly in log-log scale.
        widths: Channels for few records or a short budget, and for many records; halved above `widest_side`.
        widest_side: See `widths`.
        few: With fewer train records there is one residual block per resolution, not two.
    """

    name: str
    learning_rate: float
    gamma_at: tuple[tuple[int, float], ...]
    widths: tuple[int, int]
    widest_side: int
    few: int


@dataclass(frozen=True)
class GanRecipe:
    """Defaults of one modality.

    Attributes:
        networks: Maps kinds of networks (a preset, or for token ids a critic) to their builders; the first is the default.
        batch_size: Number of items per step.
        learning_rate: Learning rate of both networks.
        gamma: Weight of R1 and R2 for `gamma_records` records; few records need more.
        gamma_records: Number of records for which `gamma` is meant; 0 for any number.
        width: Channels of the networks.
        epochs: Default budget in epochs, clipped to `min_kimg` and `max_kimg`.
        min_kimg, max_kimg: Bounds of the default budget in thousands of items.
        many: Number of train records from which a long budget doubles the width and colour augmentation is off; 0 for never.
        changes: Whether both networks may see augmented items (see the family's option `augment`).
        by_size: How defaults depend on the item's size, if they do.
        large: The preset for GPUs, if there is one.
    """

    networks: Mapping[str, Builders]
    batch_size: int
    learning_rate: float
    gamma: float
    gamma_records: int
    width: int
    epochs: float
    min_kimg: float
    max_kimg: float
    many: int = 0
    changes: bool = False
    by_size: BySize | None = None
    large: LargeFigures | None = None
