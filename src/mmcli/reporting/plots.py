"""Plots that are stored as files of an artifact."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mmcli.core.display import visible

_INK = "#1f2328"
_MOST_NAMES = 40
_MOST_NUMBERS = 12
_MARKS = "os^DvP*X"
_COLOURS = ("blue", "orange", "green", "red", "purple", "brown", "pink", "grey", "olive", "cyan")  # matplotlib's cycle


def confusion_picture(
    counts: Sequence[Sequence[int]],
    names: Sequence[str],
    path: Path,
    *,
    rows: str = "requested",
    columns: str = "classified by the judge as",
) -> None:
    """Draw a confusion matrix of labels (rows) and predicted labels (columns).

    Args:
        counts: `[C, C]`.
        names: `[C]` labels.
        path: PNG file to write.
        rows: Meaning of the rows.
        columns: Meaning of the columns.
    """
    from matplotlib.figure import Figure

    table = np.asarray(counts, dtype=float)
    shares = table / np.maximum(table.sum(1, keepdims=True), 1)
    side = min(9.0, 2.4 + 0.36 * len(names))
    figure = Figure(figsize=(side, side), dpi=110, layout="constrained")
    axes: Any = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    axes.set_xlabel(columns)
    axes.set_ylabel(rows)
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


def heat_map(matrix: Any, rows: Sequence[str], columns: Sequence[str], title: str, path: Path) -> None:
    """Draw a matrix `[n, m]` of similarities or distances; names are shown if there is room for them.

    Args:
        matrix: The values.
        rows: `[n]` names.
        columns: `[m]` names.
        title: Meaning of the values.
        path: PNG file to write.
    """
    from matplotlib.figure import Figure

    height, width = (min(11.0, 2.6 + 0.28 * len(names)) for names in (rows, columns))
    figure = Figure(figsize=(width + 1.2, height), dpi=110, layout="constrained")
    axes: Any = figure.subplots()
    low, high = (-1.0, 1.0) if title == "cosine" else (0.0, float(np.max(matrix, initial=1e-6)))
    image = axes.imshow(matrix, cmap="RdBu_r" if low < 0 else "viridis", vmin=low, vmax=high, aspect="auto", interpolation="nearest")
    figure.colorbar(image, label=title)
    if len(columns) <= _MOST_NAMES:
        axes.set_xticks(range(len(columns)), [_plain(name) for name in columns], rotation=90, parse_math=False)
    if len(rows) <= _MOST_NAMES:
        axes.set_yticks(range(len(rows)), [_plain(name) for name in rows], parse_math=False)
    figure.savefig(path, metadata={"Software": None})


def map_picture(
    points: Any, fields: Any, field_names: Sequence[str], labels: Any, label_names: Sequence[str], seed: int, path: Path
) -> None:
    """Draw vectors in two dimensions: principal components and t-SNE, with a colour per label and a marker per field.

    Args:
        points: `[N, d]`.
        fields: `[N]` indices of the fields.
        field_names: Their names.
        labels: `[N]` indices of the labels, -1 if unknown.
        label_names: Their names.
        seed: Seed of t-SNE.
        path: PNG file to write.
    """
    from matplotlib.figure import Figure
    from sklearn.manifold import TSNE

    centred = np.asarray(points, dtype=np.float64) - np.mean(points, axis=0)
    _, _, axes_of = np.linalg.svd(centred, full_matrices=False)
    near = TSNE(perplexity=min(30.0, (len(points) - 1) / 3), init="pca", random_state=seed % 2**32, n_jobs=1)
    flat = {"principal components": centred @ axes_of[:2].T, "t-SNE": near.fit_transform(centred.astype(np.float32))}
    figure = Figure(figsize=(11, 5.2), dpi=110, layout="constrained")
    for axes, (title, xy) in zip(figure.subplots(1, 2), flat.items(), strict=True):
        for number, name in enumerate(field_names):
            mine = fields == number
            colours = [f"C{label % 10}" if label >= 0 else "#8c959f" for label in labels[mine]]
            axes.scatter(xy[mine, 0], xy[mine, 1], c=colours, marker=_MARKS[number % len(_MARKS)], s=16, alpha=0.8, label=_plain(name))
        axes.set_title(title)
        axes.set_xticks([])
        axes.set_yticks([])
    known = [name for number, name in enumerate(label_names[:10]) if (labels == number).any()]
    keys = ", ".join(f"{_COLOURS[number]} {_plain(name)}" for number, name in enumerate(label_names[:10]) if name in known)
    axes.legend(fontsize=8)
    if known:
        figure.supxlabel(keys, fontsize=8, parse_math=False)
    figure.savefig(path, metadata={"Software": None})
