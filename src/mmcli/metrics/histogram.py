"""Histograms as JSON values."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_BINS = 16
_FLAT = 1e-3  # values that differ by less are shown as one


def histogram(values: npt.NDArray[Any]) -> dict[str, Any]:
    """Counts in equal bins with their edges, and minimum, median and maximum; integers get integer bins."""
    if not len(values):
        return {"edges": [], "counts": [], "minimum": None, "median": None, "maximum": None}
    low, high = float(values.min()), float(values.max())
    whole = np.issubdtype(values.dtype, np.integer)
    width = max(1, -(-int(high - low + 1) // _BINS)) if whole else (high - low if high - low > _FLAT else 1.0) / _BINS
    edges = low + width * np.arange((int(high - low) // width + 1 if whole else _BINS) + 1)
    counts, _ = np.histogram(values, edges)
    if not whole:
        counts[-1] += int((values > edges[-1]).sum())  # the last edge, rounded, may be below the maximum
    summary = {"minimum": low, "median": float(np.median(values)), "maximum": high}
    return {"edges": [round(float(edge), 4) for edge in edges], "counts": counts.tolist(), **summary}
