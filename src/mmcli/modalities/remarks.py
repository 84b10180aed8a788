"""What a user should know of an item that a command was given: words that are unknown, what is cut off or cropped, silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mmcli.core.display import counted, visible
from mmcli.core.ui import Ui

if TYPE_CHECKING:
    from mmcli.modalities.base import Codec

_SHOWN = 60  # characters of a value


class Remark(NamedTuple):
    """A remark on an item.

    Attributes:
        kind: What it is about, in words that fit many items: `with unknown words`, `cut`.
        text: A clause about this item: `the words zzzz, qqqq are unknown`.
    """

    kind: str
    text: str


def warn_of_items(codecs: Mapping[str, Codec], items: Iterable[tuple[str, str]], ui: Ui, *, rows: bool = False) -> None:
    """Warn of given items, one line per field and kind of remark, and count them in the ledger.

    Args:
        codecs: Codec of each field.
        items: Field and value (a text, or the path of a readable file) of each item.
        ui: Receives the warnings.
        rows: Whether the items are read into rows.
    """
    distinct = dict.fromkeys(items)
    given = Counter(field for field, _ in distinct)
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}  # field and kind -> value and clause
    for field, value in distinct:
        shown = value if codecs[field].in_words else Path(value).name
        for remark in codecs[field].remarks(value, row=rows):
            found.setdefault((field, remark.kind), []).append((shown, remark.text))
    for (field, kind), lines in found.items():
        value, text = lines[0]
        more = f"; likewise {counted(len(lines) - 1, 'other')}" if len(lines) > 1 else ""
        ui.warn(f'{visible(field)} "{visible(value, _SHOWN)}": {text}{more}')
        ui.ledger.remark(field, kind, count=len(lines), of=given[field], names=[value for value, _ in lines])
