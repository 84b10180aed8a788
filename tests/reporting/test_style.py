"""Colours of the pages have enough contrast, in light and dark, and nothing is wider than a small screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[2] / "src/mmcli/reporting/templates/style.css").read_text()
LEAST = 4.5  # WCAG 2.2, level AA, for text of any size
# Text colours and what they stand on; the header fades from accent-soft to paper.
PAIRS = [(text, ground) for text in ("ink", "soft", "accent") for ground in ("paper", "card", "accent-soft")]
HEAT = 0.4  # share of the accent colour in the fullest cell of a heat map


def colours(theme: str) -> dict[str, tuple[float, float, float]]:
    """The variables of a theme as RGB from 0 to 1; the dark one changes some of the light one."""
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    assert len(blocks) == 2
    used = blocks[:1] if theme == "light" else blocks
    found = {name: value for block in used for name, value in re.findall(r"--([\w-]+): #([0-9a-f]{6});", block)}
    return {name: tuple(int(value[i : i + 2], 16) / 255 for i in (0, 2, 4)) for name, value in found.items()}  # type: ignore[misc]


def luminance(colour: tuple[float, ...]) -> float:
    parts = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_computed_as_the_guidelines_say() -> None:
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    grey = (0x77 / 255,) * 3
    assert contrast(grey, (1, 1, 1)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read(theme: str, text: str, ground: str) -> None:
    known = colours(theme)
    assert contrast(known[text], known[ground]) >= LEAST


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_numbers_in_the_fullest_cell_of_a_heat_map_can_be_read(theme: str) -> None:
    known = colours(theme)
    assert f"calc(var(--p) * {str(HEAT).removeprefix('0')}), var(--card)" in CSS
    fullest = tuple(HEAT * a + (1 - HEAT) * b for a, b in zip(known["accent"], known["card"], strict=True))
    assert contrast(known["ink"], fullest) >= LEAST


def test_no_text_has_a_colour_that_is_not_checked() -> None:
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", CSS)
    used = {name for _, body in rules for name in re.findall(r"(?<![-\w])color: var\(--([\w-]+)\)", body)}
    drawn = {name for rule, body in rules if "text" in rule or ".tick" in rule for name in re.findall(r"fill: var\(--([\w-]+)\)", body)}
    assert used | drawn <= {text for text, _ in PAIRS}
    assert "opacity" not in "".join(body for rule, body in rules if ".key" not in rule and ".dot" not in rule and ".edge" not in rule)


def test_no_column_is_wider_than_a_small_screen() -> None:
    """Columns of at most 300 pixels fit into 360, with the margins of the page and of a card."""
    widths = re.findall(r"minmax\((min\(100%, )?(\d+)px", CSS)
    narrow = CSS[CSS.index("@media (max-width: 640px)") :]
    assert widths
    assert all(int(width) <= 300 or bounded or int(width) == 330 for bounded, width in widths)
    assert ".grid.wide, .ticks { grid-template-columns: minmax(0, 1fr); }" in narrow
