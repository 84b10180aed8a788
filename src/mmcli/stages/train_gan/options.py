"""Options of `train-gan`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.options import option
from mmcli.generators.options import GeneratorConfig


@dataclass(frozen=True)
class TrainGanConfig(GeneratorConfig):
    """Options of ``train-gan`` in addition to those of the family."""

    panel: ClassVar[str] = ""

    target: str | None = option(
        None, "Field to generate; auto: the only field of the data set. Required where there are several.", metavar="FIELD"
    )
    given: tuple[str, ...] = option(
        (),
        "Fields to condition on; label: the records' labels; none: no condition "
        "(default: all other fields with FUSED; without it, label if labels repeat, otherwise none).",
        metavar="FIELD,...",
    )
    family: str = option("auto", "Generator family; auto: the first that supports the target.", metavar="NAME")
