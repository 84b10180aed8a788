"""Confusion matrix, and precision, recall and F1 per class.

Computed with scikit-learn, which is imported on use.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.integer]


def confusion(true: Ints, predicted: Ints, num_classes: int) -> npt.NDArray[np.int64]:
    """Counts `[C, C]`: true (or requested) label by predicted label."""
    from sklearn.metrics import confusion_matrix

    return np.asarray(confusion_matrix(true, predicted, labels=range(num_classes)), dtype=np.int64)


def class_table(true: Ints, predicted: Ints, names: Sequence[str]) -> list[dict[str, float | int | str]]:
    """One row per class: precision, recall, F1 (0 if undefined) and number of items.

    Args:
        true: Class numbers `[N]`.
        predicted: Class numbers `[N]`.
        names: `[C]`.
    """
    from sklearn.metrics import precision_recall_fscore_support

    columns = precision_recall_fscore_support(true, predicted, labels=range(len(names)), zero_division=0.0)
    return [
        {"label": name, "precision": float(precision), "recall": float(recall), "f1": float(f1), "items": int(items)}
        for name, precision, recall, f1, items in zip(names, *columns, strict=True)
    ]


def accuracy(counts: Ints) -> float:
    """Accuracy: the fraction of items on the diagonal of `[C, C]`."""
    return float(np.trace(counts) / max(int(counts.sum()), 1))
