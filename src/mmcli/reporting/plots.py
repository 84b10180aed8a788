"""Plots that are files of an artifact."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmcli.display import visible

_INK = "#1f2328"
_MOST_NAMES = 40
_MOST_NUMBERS = 12


def confusion_picture(counts: Sequence[Sequence[int]], names: Sequence[str], path: Path) -> None:
    """Draw how often items asked for as one label (rows) were read as another (columns).

    Args:
        counts: `[C, C]`, asked against read.
        names: `[C]` labels.
        path: PNG file to write.
    """
    from matplotlib.figure import Figure

    table = np.asarray(counts, dtype=float)
    shares = table / np.maximum(table.sum(1, keepdims=True), 1)
    side = min(9.0, 2.4 + 0.36 * len(names))
    figure = Figure(figsize=(side, side), dpi=110, layout="constrained")
    axes: Any = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xlabel("read by the judge as")
    axes.set_ylabel("asked for")
    if len(names) <= _MOST_NAMES:
        shown = [_plain(name) for name in names]
        axes.set_xticks(range(len(names)), shown, rotation=90 if max(map(len, shown)) > 2 else 0, parse_math=False)
        axes.set_yticks(range(len(names)), shown, parse_math=False)
    if len(names) <= _MOST_NUMBERS:
        for (row, column), count in np.ndenumerate(table):
            if count:
                axes.text(
                    column, row, f"{count:.0f}", ha="center", va="center", fontsize=8, color="white" if shares[row, column] > 0.5 else _INK
                )
    figure.savefig(path, metadata={"Software": None})


def _plain(name: str) -> str:
    return visible(name, 24)
