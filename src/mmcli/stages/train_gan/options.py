"""Options of `train-gan`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.options import option
from mmcli.generators.gan.options import GanConfig


@dataclass(frozen=True)
class TrainGanConfig(GanConfig):
    """What to train for."""

    panel: ClassVar[str] = ""

    target: str = option("", "Field to generate.", metavar="FIELD")
    given: tuple[str, ...] = option(
        (), "Fields to condition on (default: all others); label, for the records' labels; none, for no condition.", metavar="FIELD,..."
    )
