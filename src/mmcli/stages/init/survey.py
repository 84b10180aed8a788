"""Survey of a raw folder: what its project needs to know."""

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
    """Content of a raw folder.

    Attributes:
        fields: Field name to modality.
        present: Number of records that have each field.
        examples: The first value of each field: a text, or a file's path.
        labels: Number of records with each label.
        num_records: Number of records.
        tables: Relative paths of the tables of records, if the folder contains tables only.
    """

    fields: dict[str, str]
    present: dict[str, int]
    examples: dict[str, str]
    labels: dict[str, int]
    num_records: int
    tables: tuple[str, ...] = ()

    @property
    def example_label(self) -> str:
        """A label that is safe to paste into a shell; empty if there is none."""
        return next((name for name in sorted(self.labels) if _SAFE_EXAMPLE.fullmatch(name)), "")


def survey_of(raw: Path) -> Survey:
    """Survey at most the first 100,000 records of a raw folder.

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
        raise InputError(f"no record has a readable {registry.nouns()}", visible(raw), "run mmcli validate to list every item")
    return Survey(fields, {name: present[name] for name in fields}, examples, dict(labels), num_records, folder.tables)


def _example(value: RawField) -> str:
    """The value as shown in the README; empty if it is not safe to paste."""
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
