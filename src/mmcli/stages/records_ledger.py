"""What of the records of a data set a stage uses, and what of their items is cut off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from mmcli.artifacts.records import Records
from mmcli.core.ledger import Ledger
from mmcli.modalities.base import Codec

Numbers = npt.NDArray[np.int64]


def note_lacking(ledger: Ledger, table: Records, rows: Numbers, fields: Sequence[str], *, least: int = 1, what: str, why: str) -> Numbers:
    """Note the records that have fewer than `least` of some fields; returns the others.

    Args:
        ledger: Receives the entry.
        table: The records.
        rows: Numbers of the records in question.
        fields: The fields.
        least: How many of them a record needs.
        what: Noun for the records.
        why: What they lack, or what is done without.
    """
    enough = np.sum([table.present(name)[rows] for name in fields], axis=0) >= least if fields else np.ones(len(rows), bool)
    lacking, others = rows[~enough], rows[enough]
    if len(lacking):
        ledger.leave_out(what, why, count=len(lacking), of=len(rows), names=[table.columns["id"][i] for i in lacking])
    return np.asarray(others, dtype=np.int64)


def note_beyond(ledger: Ledger, count: int, most: int, *, what: str, why: str) -> None:
    """Note that only the first `most` of `count` records are used; nothing if there are no more."""
    if count > most:
        ledger.leave_out(what, why, count=count - most, of=count)


def note_cut(ledger: Ledger, table: Records, codecs: Mapping[str, Codec], chosen: Numbers, *, rows: bool) -> None:
    """Note what of some records' items is cut off where they are read as rows, or as sequences."""
    for name, codec in codecs.items():
        here = chosen[table.present(name)[chosen]] if f"{name}.present" in table.columns else chosen

        def column(kind: str, name: str = name, here: Numbers = here) -> list[int] | None:
            values = table.columns.get(f"{name}.{kind}")
            return None if values is None else [values[i] for i in here]

        codec.account(name, column, ledger, rows=rows)
