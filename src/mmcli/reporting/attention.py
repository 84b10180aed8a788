"""Plot attention: the words, patches or moments from which a fused condition was computed."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.core.display import visible

Array = npt.NDArray[Any]
_INK, _FAINT, _HEAT = "#1f2328", "#8c8c96", "#d9480f"
_WORDS_PER_LINE, _MOST_WORDS = 5, 40


@dataclass(frozen=True)
class Cell:
    """A field of a record.

    Attributes:
        name: Name of the field.
        share: Fraction of the attention it received; `None` if the record lacks it.
        item: An image `[H, W, C]` or a spectrogram `[frames, bands]`, in [-1, 1]; `None` for texts or if not available.
        words: The words of a text.
        heat: Attention of each position `[S]`: patches in reading order, moments or words.
        tokens: Attention of each token `[T]`, drawn if there is no heat.
    """

    name: str
    share: float | None
    item: Array | None = None
    words: Sequence[str] = ()
    heat: Array | None = None
    tokens: Array | None = None


def attention_picture(rows: Sequence[Sequence[Cell]], ids: Sequence[str], path: Path) -> None:
    """Draw one row of cells per record.

    Args:
        rows: Fields per record, the same number for each.
        ids: Ids of the records.
        path: PNG file to write.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(3.1 * len(rows[0]) + 0.4, 1.9 * len(rows) + 0.2), dpi=100, layout="constrained")
    grid = np.reshape(figure.subplots(len(rows), len(rows[0]), squeeze=False), (len(rows), -1))
    for cells, name, axes_row in zip(rows, ids, grid, strict=True):
        for cell, axes in zip(cells, axes_row, strict=True):
            _draw(axes, cell)
        axes_row[0].set_ylabel(visible(name, 24), fontsize=7, color=_FAINT, parse_math=False)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # glyphs missing from the font are drawn as boxes
        figure.savefig(path, metadata={"Software": None})


def _draw(axes: Any, cell: Cell) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    shown = "absent" if cell.share is None else f"{100 * cell.share:.0f} %"
    axes.set_title(f"{visible(cell.name, 24)}: {shown}", fontsize=9, color=_FAINT if cell.share is None else _INK, parse_math=False)
    if cell.share is None:
        return
    if cell.words and cell.heat is not None:
        _draw_words(axes, cell.words, cell.heat)
    elif cell.item is not None and cell.item.ndim == 3 and cell.heat is not None:
        _draw_patches(axes, cell.item, cell.heat)
    elif cell.item is not None and cell.item.ndim == 2 and cell.heat is not None:
        _draw_moments(axes, cell.item, cell.heat)
    elif cell.tokens is not None:
        axes.bar(range(len(cell.tokens)), cell.tokens, color=_HEAT)
        axes.set_xlabel("tokens", fontsize=7, color=_FAINT)


def strength(heat: Array) -> Array:
    """Attention scaled to [0, 1], where uniform attention is 0.5 (or less, if a position has more than twice that)."""
    ratio = heat / max(float(np.mean(heat)), 1e-12)
    return np.asarray(ratio / max(2.0, float(np.max(ratio, initial=0.0))))


def _draw_words(axes: Any, words: Sequence[str], heat: Array) -> None:
    """Words on a background coloured by attention."""
    warmth = strength(heat)
    words = words[:_MOST_WORDS]
    lines = math.ceil(len(words) / _WORDS_PER_LINE)
    for i, word in enumerate(words):
        box = {"facecolor": _HEAT, "alpha": 0.8 * float(warmth[i]), "edgecolor": "none", "pad": 2.0}
        place = ((i % _WORDS_PER_LINE + 0.5) / _WORDS_PER_LINE, 1 - (i // _WORDS_PER_LINE + 0.5) / max(lines, 3))
        axes.text(
            *place,
            visible(word, 14),
            fontsize=7,
            ha="center",
            va="center",
            color=_INK,
            bbox=box,
            transform=axes.transAxes,
            parse_math=False,
        )


def _draw_patches(axes: Any, image: Array, heat: Array) -> None:
    """The image in grey, with patches coloured by attention."""
    from matplotlib.colors import to_rgb

    height, width = image.shape[:2]
    grey = image[:, :, : min(3, image.shape[2])].mean(2)
    axes.imshow(grey, cmap="gray", vmin=-1, vmax=1, extent=(0, width, height, 0), interpolation="nearest")
    patches = patch_grid(heat, height, width)
    if patches is not None:
        veil = np.full((*patches.shape, 4), (*to_rgb(_HEAT), 0.0))
        veil[..., 3] = 0.8 * strength(patches)
        axes.imshow(veil, extent=(0, width, height, 0), interpolation="nearest")


def patch_grid(heat: Array, height: int, width: int) -> Array | None:
    """Arrange positions `[S]` as a grid `[h, w]` of patches with the image's aspect ratio; `None` if impossible."""
    options = [h for h in range(1, len(heat) + 1) if len(heat) % h == 0]
    best = min(options, key=lambda h: abs(math.log(h * h * width / (len(heat) * height))), default=0)
    return np.asarray(heat).reshape(best, -1) if best else None


def _draw_moments(axes: Any, spectrogram: Array, heat: Array) -> None:
    """The spectrogram, overlaid with attention over time."""
    frames, bands = spectrogram.shape
    axes.imshow(spectrogram.T, origin="lower", aspect="auto", cmap="gray_r", vmin=-1, vmax=1)
    moments = (np.arange(len(heat)) + 0.5) * frames / len(heat) - 0.5
    axes.plot(moments, strength(heat) * (bands - 1), color=_HEAT, linewidth=1.8)
    axes.set_xlim(-0.5, frames - 0.5)
    axes.set_ylim(-0.5, bands - 0.5)
