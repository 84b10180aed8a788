"""How well labels were predicted: accuracy, and precision, recall and F1 per class."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt


def class_table(counts: npt.NDArray[np.integer], names: Sequence[str]) -> list[dict[str, float | int | str]]:
    """One line per class: precision, recall, F1 and the number of its items.

    Args:
        counts: `[C, C]`, true label against predicted one.
        names: `[C]`.
    """
    right = np.diag(counts).astype(float)
    precision = right / np.maximum(counts.sum(0), 1)
    recall = right / np.maximum(counts.sum(1), 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return [
        {"label": name, "precision": float(precision[i]), "recall": float(recall[i]), "f1": float(f1[i]), "items": int(counts[i].sum())}
        for i, name in enumerate(names)
    ]


def accuracy(counts: npt.NDArray[np.integer]) -> float:
    """Share of the items on the diagonal of `[C, C]`."""
    return float(np.trace(counts) / max(int(counts.sum()), 1))
