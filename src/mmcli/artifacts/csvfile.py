"""Write CSV files that are safe to open in a spreadsheet: cells that would run as formulas are escaped."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def guarded(cell: object) -> str:
    """Text of a cell; one that a spreadsheet would evaluate as a formula is prefixed with an apostrophe."""
    if isinstance(cell, float):
        return f"{cell:.6g}"
    text = str(cell)
    return "'" + text if isinstance(cell, str) and text.startswith(_FORMULA) else text


def write(path: Path, header: Sequence[object], rows: Iterable[Sequence[object]]) -> None:
    """Write a table in UTF-8; texts are escaped, numbers are not."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow([guarded(cell) for cell in header])
        writer.writerows([guarded(cell) for cell in row] for row in rows)
