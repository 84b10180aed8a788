"""Whether the first row of a table of delimited text names the columns, or is data already."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from mmcli.data.layouts.base import modality_of
from mmcli.data.layouts.survey import is_number

_ALMOST_ALL = 0.9
_SENTENCE = 4  # words
_ASKS = ("?", ":")
_YEAR = re.compile("(1[89]|20)[0-9]{2}")


def lacks_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of some rows is like those below it.

    A number stands above numbers, the name of a file above others, a class above the same class, or all cells are
    sentences above sentences.
    """
    first, *rest = rows
    below = [row for row in rest if len(row) == len(first)]
    if not below or _counts(first):
        return False
    columns = list(zip(first, zip(*below, strict=True), strict=True))
    if first not in below and any(_recurs(cell, values) for cell, values in columns):
        return True
    if any(_share(_is_file, *column) or _are_numbers(*column) for column in columns):
        return True
    return all(_are_sentences(*column) for column in columns)


def names_for(width: int, chosen: Sequence[str]) -> list[str]:
    """Names of the columns of a table without a header: the chosen ones if there are as many, otherwise `column_1` and so on."""
    return list(chosen) if len(chosen) == width else [f"column_{number}" for number in range(1, width + 1)]


def _counts(cells: Sequence[str]) -> bool:
    """Whether the numbers in a row follow each other: years, or the numbers of the columns."""
    numbers = [float(cell) for cell in cells if is_number(cell)]
    return len(numbers) > 1 and all(after - before == 1 for before, after in pairwise(numbers))


def _are_numbers(cell: str, values: Sequence[str]) -> bool:
    """Whether a cell is a number above numbers; a year above other numbers is the name of their column."""
    return _share(is_number, cell, values) and (not _is_year(cell) or _share(_is_year, cell, values))


def _is_year(cell: str) -> bool:
    return _YEAR.fullmatch(cell.strip()) is not None


def _recurs(cell: str, values: Sequence[str]) -> bool:
    """Whether a cell is one of few words that stand below it again and again."""
    return bool(cell.strip()) and values.count(cell) > 1 and 2 * len(set(values)) <= len(values)


def _share(kind: Callable[[str], bool], cell: str, values: Sequence[str]) -> bool:
    """Whether a cell and almost all values below it are of a kind."""
    filled = list(filter(str.strip, values))
    return kind(cell) and bool(filled) and sum(map(kind, filled)) >= _ALMOST_ALL * len(filled)


def _is_file(cell: str) -> bool:
    return modality_of(cell.strip()) is not None


def _are_sentences(cell: str, values: Sequence[str]) -> bool:
    """Whether a cell is a sentence above sentences; a question above answers is the header of a survey."""
    return _share(_is_sentence, cell, values) and (not _asks(cell) or _share(_asks, cell, values))


def _is_sentence(cell: str) -> bool:
    return len(cell.split()) >= _SENTENCE


def _asks(cell: str) -> bool:
    return cell.rstrip().endswith(_ASKS)
