"""Curves and a table of a training run's figures, for the live page and the report."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from mmcli.reporting import charts
from mmcli.reporting.charts import Line
from mmcli.training.clock import SPEED

Point = tuple[float, Mapping[str, Any]]
_COUNTERS = ("x", "step", "kimg", "epoch", "seconds")
_MOST_ROWS = 12
_TITLES = {
    "nll": "Negative log-likelihood of held-out texts",
    "real_over_fake": "Real items ranked above generated ones",
    "kid": "Kernel distance to real items (lower is better)",
    "condition_accuracy": "Items classified as their condition's label",
    "score": "Validation score (higher is better)",
    "scale": "Inverse temperature",
}
# Fractions, whose value at chance is half.
_EVEN = ("real_over_fake",)


def curves_of(points: Sequence[Point], ticks: Sequence[Mapping[str, Any]], x_name: str) -> list[tuple[str, Markup]]:
    """Charts with their titles: the losses, and one per score.

    Args:
        points: Pairs of x and figures since the run began or was resumed, after every few steps.
        ticks: Figures of all ticks, each with `x`, `kimg` or `epoch`; those before the run was resumed, too.
        x_name: Meaning of x.
    """
    points = _merged(points, ticks)
    names = sorted({name for _, figures in points for name in figures} - {*_COUNTERS, *SPEED})
    losses = [name for name in names if name.startswith("loss")]
    groups = [
        ("Losses", losses),
        *((_TITLES.get(name, name.replace("_", " ")), [name]) for name in names if name not in losses and name in _TITLES),
    ]
    found = []
    for title, members in groups:
        lines = [_line(points, name, i) for i, name in enumerate(members)]
        if any(name in _EVEN for name in members) and lines[0].x:
            lines.append(Line("chance", [lines[0].x[0], lines[0].x[-1]], [0.5, 0.5], 7, dashed=True))
        if chart := charts.line_chart(lines, x_name, title=title, zero=title == "Losses" or members[0] in _EVEN):
            found.append((title, chart))
    return found


def _merged(points: Sequence[Point], ticks: Sequence[Mapping[str, Any]]) -> list[Point]:
    """Points and ticks in the order of x; figures at the same x are one point."""
    by_x: dict[float, dict[str, Any]] = {}
    for x, figures in [*((x, tick) for tick in ticks if (x := place_of(tick)) is not None), *points]:
        by_x.setdefault(x, {}).update(figures)
    return sorted(by_x.items(), key=lambda point: point[0])


def place_of(tick: Mapping[str, Any]) -> float | None:
    """Where a tick lies on the x axis."""
    return next((float(tick[key]) for key in ("x", "kimg", "epoch") if isinstance(tick.get(key), int | float)), None)


def _line(points: Sequence[Point], name: str, colour: int) -> Line:
    pairs = [(x, float(value)) for x, figures in points if isinstance(value := figures.get(name), int | float) and math.isfinite(value)]
    return Line(name.replace("_", " "), [x for x, _ in pairs], [y for _, y in pairs], colour)


def table_of(ticks: Sequence[Mapping[str, Any]], x_name: str) -> dict[str, Any]:
    """The newest ticks as a table: names of the columns, and rows from the newest to the oldest."""
    names = [name for name in dict.fromkeys(name for tick in ticks for name in tick) if name not in _COUNTERS]
    rows = [[place_of(tick), *(tick.get(name) for name in names)] for tick in reversed(ticks[-_MOST_ROWS:])]
    return {"names": [x_name, *(name.replace("_", " ") for name in names)], "rows": rows}
