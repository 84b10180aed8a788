"""Options of `train-gan`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.options import option
from mmcli.generators.options import GeneratorConfig


@dataclass(frozen=True)
class TrainGanConfig(GeneratorConfig):
    """What to train for."""

    panel: ClassVar[str] = ""

    target: str = option("", "Field to generate.", metavar="FIELD")
    given: tuple[str, ...] = option(
        (),
        "Fields to condition on; label, for the records' labels; none, for no condition "
        "(default: all others with FUSED; without, label if labels repeat, else none).",
        metavar="FIELD,...",
    )
    family: str = option("auto", "Family of the generator; auto is the first that makes the target.", metavar="NAME")
