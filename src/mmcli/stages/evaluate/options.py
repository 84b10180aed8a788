"""Options of `evaluate`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import StageConfig, option


@dataclass(frozen=True)
class EvaluateConfig(StageConfig):
    """Options of ``evaluate``."""

    require: tuple[str, ...] = option((), "Exit with code 7 unless the score meets this threshold, repeatable.", metavar="NAME<=VALUE")
    compare: tuple[str, ...] = option((), "Also score these samples and compare them with SAMPLES, repeatable.", metavar="SAMPLES")
    reader: str = option("none", "Also decode the items by rule, without a network.", choices=("none", "keypad"))
    neighbours: int = option(5, "Number of neighbours k for precision, recall, density and coverage.", ge=1, le=100)
