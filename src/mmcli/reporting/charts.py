"""Charts as inline SVG, coloured by the page's style sheet so that they suit light and dark.

Every text passes through `Markup.format`, which escapes it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from mmcli.core.display import visible

WIDTH, HEIGHT = 520, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 34
_MOST_POINTS = 400
NUM_COLOURS = 10  # classes c0 ... c9 of the style sheet


@dataclass(frozen=True)
class Line:
    """A line of a chart."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    colour: int = 0
    dashed: bool = False


@dataclass(frozen=True)
class Axis:
    """Range, caption and ticks of an axis."""

    low: float
    high: float
    caption: str = ""
    ticks: list[float] = field(default_factory=list)

    @classmethod
    def around(cls, values: Iterable[float], caption: str, *, zero: bool = False) -> Axis:
        """An axis that covers all finite values, with round ticks."""
        finite = [v for v in values if math.isfinite(v)] or [0.0, 1.0]
        low, high = min(finite), max(finite)
        low = min(low, 0.0) if zero else low
        high = high if high > low else low + (abs(low) or 1.0)
        step = _round_step((high - low) / 4)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        return cls(first * step, last * step, caption, [i * step for i in range(first, last + 1)])


def line_chart(lines: Sequence[Line], x_caption: str, *, title: str = "", zero: bool = True) -> Markup:
    """Lines over a common x axis, with a legend; empty if no line has two points.

    Screen readers are told the title, and from where to where each line leads.
    """
    lines = [line for line in lines if len(line.x) > 1]
    if not lines:
        return Markup()
    x = Axis.around([v for line in lines for v in line.x], x_caption)
    x = Axis(min(min(line.x) for line in lines), max(max(line.x) for line in lines), x_caption, x.ticks)
    y = Axis.around([v for line in lines for v in line.y], "", zero=zero)
    parts = [_frame(x, y)]
    for line in lines:
        points = " ".join(f"{_at_x(a, x):.1f},{_at_y(b, y):.1f}" for a, b in _thinned(line) if math.isfinite(b))
        parts.append(
            Markup('<polyline class="line s{}{}" points="{}"><title>{}</title></polyline>').format(
                line.colour % NUM_COLOURS, " dashed" if line.dashed else "", points, line.name
            )
        )
    ways = ", ".join(f"{visible(line.name, 60)} from {line.y[0]:.3g} to {line.y[-1]:.3g}" for line in lines)
    what = f"{title}: {ways}" if title else ways
    return _figure(Markup().join(parts), f"{what}, over {x_caption}") + legend([(line.name, line.colour, line.dashed) for line in lines])


def scatter(points: npt.NDArray[np.floating], colours: Sequence[int], shapes: Sequence[int], titles: Sequence[str]) -> Markup:
    """Points `[N, 2]` as circles, squares or triangles in the colours of their class."""
    x, y = (Axis(float(v.min()), float(v.max())) for v in points.T)
    parts = []
    for (a, b), colour, shape, title in zip(points, colours, shapes, titles, strict=True):
        place = f"translate({_at_x(float(a), x, wide=True):.1f} {_at_y(float(b), y, wide=True):.1f})"
        parts.append(
            Markup('<path class="dot f{}" d="{}" transform="{}"><title>{}</title></path>').format(
                colour % NUM_COLOURS, _SHAPES[shape % len(_SHAPES)], place, visible(title, 80)
            )
        )
    return _figure(Markup().join(parts), "map", height=360)


def histogram(values: Sequence[float], caption: str, bins: int = 24) -> Markup:
    """Histogram of values."""
    if not len(values):
        return Markup()
    counts, edges = np.histogram(values, bins=min(bins, max(1, int(max(values) - min(values)) + 1)))
    return bars(counts.tolist(), edges.tolist(), caption)


def bars(counts: Sequence[float], edges: Sequence[float], caption: str) -> Markup:
    """Bar chart of counts `[n]` between edges `[n + 1]`."""
    if not len(counts):
        return Markup()
    x, y = Axis.around(edges, caption), Axis.around(counts, "", zero=True)
    x = Axis(edges[0], edges[-1], caption, x.ticks)
    drawn = [
        Markup('<rect class="bar f0" x="{}" y="{}" width="{}" height="{}"/>').format(
            f"{_at_x(left, x) + 1:.1f}", f"{_at_y(count, y):.1f}", f"{max(1.0, _at_x(right, x) - _at_x(left, x) - 2):.1f}",
            f"{_at_y(0, y) - _at_y(count, y):.1f}",
        )
        for count, left, right in zip(counts, edges[:-1], edges[1:], strict=True)
    ]  # fmt: skip
    return _figure(_frame(x, y) + Markup().join(drawn), caption)


def legend(entries: Sequence[tuple[str, int, bool]]) -> Markup:
    """Names next to their colours."""
    items = [
        Markup('<span><i class="key f{}{}"></i>{}</span>').format(colour % NUM_COLOURS, " dashed" if dashed else "", visible(name, 60))
        for name, colour, dashed in entries
    ]
    return Markup('<p class="legend">{}</p>').format(Markup().join(items))


_SHAPES = (  # circle, square, triangle, diamond
    "M-3.4 0a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0 -6.8 0",
    "M-3 -3h6v6h-6z",
    "M0 -4l3.8 6.8h-7.6z",
    "M0 -4.4l4.4 4.4l-4.4 4.4l-4.4 -4.4z",
)


def _figure(content: Markup, title: str, height: int = HEIGHT) -> Markup:
    return Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>').format(WIDTH, height, title, content)


def _frame(x: Axis, y: Axis) -> Markup:
    parts = []
    for tick in y.ticks:
        row = _at_y(tick, y)
        parts.append(Markup('<line class="grid" x1="{}" x2="{}" y1="{y:.1f}" y2="{y:.1f}"/>').format(_LEFT, WIDTH - _RIGHT, y=row))
        parts.append(_text("end", _LEFT - 6, row + 3.5, _number(tick)))
    parts += [_text("mid", _at_x(tick, x), HEIGHT - _BOTTOM + 14, _number(tick)) for tick in x.ticks if x.low <= tick <= x.high]
    return Markup().join([*parts, _text("mid", (_LEFT + WIDTH) / 2, HEIGHT - 4, x.caption)])


def _text(align: str, x: float, y: float, text: str) -> Markup:
    return Markup('<text class="tick {}" x="{:.1f}" y="{:.1f}">{}</text>').format(align, x, y, text)


def _at_x(value: float, axis: Axis, *, wide: bool = False) -> float:
    left, right = (12, 12) if wide else (_LEFT, _RIGHT)
    return left + (value - axis.low) / ((axis.high - axis.low) or 1.0) * (WIDTH - left - right)


def _at_y(value: float, axis: Axis, *, wide: bool = False) -> float:
    top, bottom, height = (12, 12, 360) if wide else (_TOP, _BOTTOM, HEIGHT)
    return height - bottom - (value - axis.low) / ((axis.high - axis.low) or 1.0) * (height - top - bottom)


def _thinned(line: Line) -> list[tuple[float, float]]:
    pairs = list(zip(line.x, line.y, strict=True))
    step = max(1, math.ceil(len(pairs) / _MOST_POINTS))
    kept = pairs[::step]
    return kept if kept[-1] == pairs[-1] else [*kept, pairs[-1]]


def _round_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return float(next(m for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999) * power)


def _number(value: float) -> str:
    return "0" if abs(value) < 1e-12 else f"{value:,.10g}" if abs(value) >= 1 else f"{value:.3g}"
