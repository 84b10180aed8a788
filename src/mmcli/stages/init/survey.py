"""What a raw folder holds, as far as a project for it needs to know."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.modalities import registry

if TYPE_CHECKING:
    from mmcli.data.layouts.base import RawField

_COUNTED = 100_000
_LONGEST_EXAMPLE = 200
_SAFE_EXAMPLE = re.compile(rf"[\w./ ,+@~()?!'-]{{1,{_LONGEST_EXAMPLE}}}")


@dataclass(frozen=True)
class Survey:
    """What a raw folder holds.

    Attributes:
        fields: Field name to modality.
        present: How many records have each field.
        examples: The first value of each field: a text, or a file's path.
        labels: How many records have each label.
        num_records: How many records there are.
        tables: Relative paths of the tables that the records stand in, where tables are all there is.
    """

    fields: dict[str, str]
    present: dict[str, int]
    examples: dict[str, str]
    labels: dict[str, int]
    num_records: int
    tables: tuple[str, ...] = ()

    @property
    def example_label(self) -> str:
        """A label that may be pasted into a shell; empty if there is none."""
        return next((name for name in sorted(self.labels) if _SAFE_EXAMPLE.fullmatch(name)), "")


def survey_of(raw: Path) -> Survey:
    """Look at the records of a raw folder, the first hundred thousand at most.

    Raises:
        InputError: The folder cannot be used, or no record has any field.
    """
    from mmcli.data.layouts.base import RawRecord
    from mmcli.data.layouts.folder import read_raw

    folder = read_raw(raw)
    records = (item for item in folder.records() if isinstance(item, RawRecord))
    present: Counter[str] = Counter()
    examples: dict[str, str] = {}
    labels: Counter[str] = Counter()
    num_records = 0
    for record in islice(records, _COUNTED):
        num_records += 1
        present.update(list(record.fields))
        labels.update([record.label] if record.label is not None else [])
        for name, value in record.fields.items():
            examples.setdefault(name, _example(value))
    fields = {name: modality for name, modality in folder.fields.items() if present[name]}
    if not fields:
        raise InputError(f"no record has a {registry.nouns()} that can be read", visible(raw), "see mmcli validate for every item")
    return Survey(fields, {name: present[name] for name in fields}, examples, dict(labels), num_records, folder.tables)


def _example(value: RawField) -> str:
    """The value as the README may show it; empty where it is not fit to be pasted."""
    if value.path is not None and value.path.suffix.lower() != ".txt":
        shown = str(value.path.absolute())
    else:
        shown = value.text if value.text is not None else _first_words(value.path)
    return shown if _SAFE_EXAMPLE.fullmatch(shown) else ""


def _first_words(path: Path | None) -> str:
    if path is None:
        return ""
    with path.open(encoding="utf-8", errors="replace") as handle:
        return handle.read(_LONGEST_EXAMPLE + 1).strip()
