"""Figures of a modality's GAN: plain numbers, measured or published; the family `gan` turns them into options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Builders = tuple[str, str]  # names of the builders of a generator and of a discriminator


@dataclass(frozen=True)
class BySize:
    """How figures change with the height and width of an item.

    Attributes:
        sides: Least and greatest side that can be made.
        pixels: Height times width that the recipe is for; larger items are penalised more, in proportion, and
            trained on less, as its root.
        batches: Greatest mean side, and items per step up to it; the recipe's batch size is for larger ones.
    """

    sides: tuple[int, int]
    pixels: int
    batches: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class LargeFigures:
    """What differs for the large networks, the preset of GPUs.

    Attributes:
        name: Of the preset.
        learning_rate: Of both networks.
        gamma_at: Mean side of an item and first weight of the penalties, ascending; between them on straight lines in the logarithms.
        widths: Channels for few records or a short budget, and for many; half of it above `widest_side`.
        widest_side: See `widths`.
        few: Fewer train records get one residual block per resolution, not two.
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
        networks: Kind of networks (a preset, or for token ids a critic) to their builders; the first is the default.
        batch_size: Number of items per step.
        learning_rate: Of both networks.
        gamma: Weight of R1 and R2 for `gamma_records` records; few records need more.
        gamma_records: How many records `gamma` is meant for; 0 for any number.
        width: Channels of the networks.
        epochs: Default budget in epochs, clipped to `min_kimg` and `max_kimg`.
        min_kimg, max_kimg: Bounds of the default budget in thousands of items.
        many: From so many train records on a long budget gets networks twice as wide, and colours need no changes; 0 for never.
        changes: Whether both networks may see changed items (see the family's option `augment`).
        by_size: How figures depend on the item's size, if they do.
        large: The preset of GPUs, if there is one.
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
