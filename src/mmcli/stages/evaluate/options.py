"""Options of `evaluate`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import StageConfig, option


@dataclass(frozen=True)
class EvaluateConfig(StageConfig):
    """Options of ``evaluate``."""

    require: tuple[str, ...] = option((), "End with code 7 unless it holds, repeatable.", metavar="NAME<=VALUE")
    reader: str = option("none", "Also read the items by rule.", choices=("none", "keypad"))
    neighbours: int = option(5, "k of precision, recall, density and coverage.", ge=1, le=100)
