"""Columns and fields that the user chose with `--columns` and `--leave-out`."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from mmcli.artifacts import raw
from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.data.layouts.base import Choice, RawRecord, RawReject

if TYPE_CHECKING:
    from mmcli.data.layouts.columns import Columns


def check_choice(choice: Choice, fields: Mapping[str, str], columns: Columns) -> None:
    """Check that everything that was chosen exists.

    Args:
        choice: The user's choice.
        fields: All fields of the folder.
        columns: The columns of its tables.

    Raises:
        UsageError: A name is neither that of a column nor of a field, or nothing is left to read.
    """
    check_names(choice, fields, columns)
    if not chosen(choice, fields, columns):
        raise UsageError("no field is left to read", "--columns, --leave-out", f"choose from: {', '.join(map(visible, fields))}")


def check_names(choice: Choice, fields: Collection[str], columns: Columns) -> None:
    """Check that everything that was chosen exists; arguments and errors as for `check_choice`."""
    seen = columns.seen
    known = dict.fromkeys([*seen, *fields, *(name.partition(".")[0] for name in seen), *raw.RESERVED])
    for flag, names in (("--columns", choice.only), ("--leave-out", choice.without)):
        unknown = next((name for name in names if name not in known and not _was_field(name, columns)), None)
        if unknown is not None:
            near = difflib.get_close_matches(unknown, list(known), 1)
            listed = [name for name in known if name in seen or name in fields]
            hint = (
                f"did you mean {visible(near[0])}?"
                if near
                else f"columns and fields: {', '.join(visible(name, 40) for name in listed[:20])}"
            )
            raise UsageError(f"no column or field {visible(unknown, 60)}", f"{flag} {visible(unknown, 60)}", hint)


def chosen(choice: Choice, fields: Mapping[str, str], columns: Columns) -> dict[str, str]:
    """The fields to read; those of columns were chosen by the columns' names."""
    named = columns.fields()
    return {name: modality for name, modality in fields.items() if name in named or choice.takes(name)}


def only_fields(entries: Iterator[RawRecord | RawReject], dropped: Collection[str]) -> Iterator[RawRecord | RawReject]:
    """The entries without some fields; records that have no other are left out."""
    for entry in entries:
        if isinstance(entry, RawReject):
            yield entry
            continue
        fields = {name: value for name, value in entry.fields.items() if name not in dropped}
        if fields:
            yield replace(entry, fields=fields)


def _was_field(name: str, columns: Columns) -> bool:
    """Whether a column would be the field of this name if it were read."""
    return name in columns.names_of_left_out
