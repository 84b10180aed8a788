"""A table given instead of a folder: what it names is read from its folder, and nothing else of it."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from mmcli.core.errors import InputError
from mmcli.data.layouts.base import TABLE_SUFFIXES, Choice, is_medium, modality_of, suffix_of
from mmcli.data.layouts.listing import Listing, check_name
from mmcli.data.layouts.rows import read_rows
from mmcli.modalities.base import Reject

_LOOKED_AT = 1000  # rows


def table_alone(root: Path, choice: Choice) -> Listing | None:
    """Listing of a table and of the files that it names; None if the path is not that of a table.

    The files are listed with their sizes and dates, so that changes of them are noticed as they are in a folder.
    """
    if suffix_of(root.name) not in TABLE_SUFFIXES or not root.is_file():
        return None
    place = root.resolve()
    return Listing(place.parent, only=place.name, beside=_named_files(place, choice))


def _named_files(table: Path, choice: Choice) -> list[str]:
    """Regular files below the table's folder that its rows name, in columns that name files in the first rows."""
    try:
        first = [row for _, row in islice(read_rows(table, choice.encoding), _LOOKED_AT) if isinstance(row, dict)]
        columns = {column for row in first for column, value in row.items() if _names_medium(value)}
        rows = (row for _, row in read_rows(table, choice.encoding) if isinstance(row, dict)) if columns else iter(())
        names = dict.fromkeys(name for row in rows for column in columns if (name := _name_in(row.get(column))))
    except InputError:
        return []  # reading the table tells why
    return list(_regular(table.parent, names))


def _name_in(value: Any) -> str:
    if is_medium(value):
        value = value.get("path") if value.get("bytes") is None else None
    return value.removeprefix("./") if isinstance(value, str) else ""


def _names_medium(value: Any) -> bool:
    return modality_of(_name_in(value)) is not None


def _regular(root: Path, names: dict[str, None]) -> Iterator[str]:
    for name in names:
        try:
            check_name(name)
            if _is_regular(root, name):
                yield name
        except (Reject, OSError, ValueError):
            continue  # reading the row tells why


def _is_regular(root: Path, name: str) -> bool:
    """Whether a name is that of a regular file, reached without following links."""
    *folders, base = name.split("/")
    path = os.fspath(root)
    for folder in folders:
        path = os.path.join(path, folder)
        if not stat.S_ISDIR(os.lstat(path).st_mode):
            return False
    return stat.S_ISREG(os.lstat(os.path.join(path, base)).st_mode)
