"""Thresholds that scores must meet, such as `NAME<=VALUE`."""

from __future__ import annotations

import difflib
import math
import operator
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mmcli.core.display import visible
from mmcli.core.errors import UsageError

_OPERATORS = {"<=": operator.le, ">=": operator.ge, "==": operator.eq, "<": operator.lt, ">": operator.gt}
_FORM = re.compile(r"\s*([A-Za-z_][\w@.-]*)\s*(<=|>=|==|<|>)\s*(\S+)\s*")


@dataclass(frozen=True)
class ScoreBar:
    """Threshold of a score: its name, a comparison and a bound."""

    name: str
    sign: str
    bound: float

    def __str__(self) -> str:
        return f"{self.name} {self.sign} {self.bound:g}"

    def holds(self, scores: Mapping[str, float]) -> bool:
        """Whether the score meets the threshold."""
        return bool(_OPERATORS[self.sign](scores[self.name], self.bound))


def parse_bar(text: str) -> ScoreBar:
    """Parse a threshold.

    Raises:
        UsageError: It is malformed.
    """
    found = _FORM.fullmatch(text)
    try:
        bound = float(found[3]) if found else math.nan
    except ValueError:
        bound = math.nan
    if found is None or not math.isfinite(bound):
        raise UsageError(f"not a threshold: {visible(text)}", "--require", "write NAME<=VALUE or NAME>=VALUE, in quotes")
    return ScoreBar(found[1], found[2], bound)


def check_names(bars: Collection[ScoreBar], names: Collection[str]) -> None:
    """Check that every threshold names a score.

    Raises:
        UsageError: A threshold names an unknown score.
    """
    for bar in bars:
        if bar.name not in names:
            near = difflib.get_close_matches(bar.name, names, 1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise UsageError(f"unknown score {visible(bar.name)}", "--require", f"{hint}scores: {', '.join(sorted(names))}")
