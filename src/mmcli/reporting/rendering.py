"""Templates, and how they format values."""

from __future__ import annotations

import functools
import math
from typing import Any

from markupsafe import Markup

from mmcli.artifacts import jsonio
from mmcli.core.display import visible


def render_template(name: str, context: dict[str, Any]) -> str:
    """Render a template of this package."""
    return str(_environment().get_template(name).render(context))


@functools.cache
def _environment() -> Any:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("mmcli.reporting"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {
        "show": visible,
        "num": number,
        "share": share,
        "size": size,
        "setting": setting,
        "shape": shape,
        "big": headline,
        "duration": duration,
    }
    return environment


def number(value: Any) -> str:
    """Format a number with its significant digits."""
    if value is None:
        return "-"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return visible(value)
    if isinstance(value, int) or float(value).is_integer():
        return f"{value:,.0f}"
    return f"{value:,.1f}" if abs(value) >= 100 else f"{value:.3g}" if abs(value) >= 0.01 else f"{value:.2g}"


def share(value: Any) -> str:
    """Format a fraction as a percentage."""
    return f"{100 * value:.1f}".removesuffix(".0") + " %" if isinstance(value, int | float) else "-"


def size(count: int) -> str:
    """Format bytes in the largest unit that gives a value above 1."""
    amount, unit = float(count), "B"
    for larger in ("KiB", "MiB", "GiB"):
        if amount < 1024:
            break
        amount, unit = amount / 1024, larger
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 100 else f"{amount:.1f} {unit}"


def shape(value: Any) -> str:
    """Format an array's shape."""
    return visible(" x ".join(map(str, value)) if isinstance(value, list) else value, 60)


def setting(value: Any) -> str:
    """Format a value of a manifest on one line."""
    if isinstance(value, list):
        return visible(", ".join(map(str, value)), 300)
    return visible(jsonio.dumps(value, indent=None) if isinstance(value, dict) else value, 300)


def headline(value: float) -> Markup:
    """Format a fraction as a large percentage."""
    return Markup("{}<small>%</small>").format(f"{100 * value:.1f}".removesuffix(".0"))


def duration(seconds: float | None) -> str:
    """Format a time in its two largest units."""
    if seconds is None or not math.isfinite(seconds):
        return "unknown"
    whole = max(0, round(seconds))
    hours, minutes = whole // 3600, whole // 60
    if hours >= 48:
        return f"{hours // 24} days {hours % 24} h"
    return f"{hours} h {minutes % 60} min" if hours else f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
