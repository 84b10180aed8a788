"""Survey of a raw folder: what its project needs to know."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.core.ledger import Ledger
from mmcli.core.streams import Purpose, generator
from mmcli.modalities import registry
from mmcli.modalities.guess import Guess, Sample
from mmcli.pipeline.stage import quoted
from mmcli.stages.preprocess.pairs import hardly_pairs

if TYPE_CHECKING:
    from mmcli.data.layouts.base import Choice, RawField

_COUNTED = 1_000_000
_SAMPLED = 400
_SAMPLED_BYTES = 64 * 2**20  # of items that are members of archives or tables
_LONGEST_EXAMPLE = 200
_SAFE_EXAMPLE = re.compile(rf"[\w./ ,+@~()?!'-]{{1,{_LONGEST_EXAMPLE}}}")


@dataclass(frozen=True)
class Survey:
    """Content of a raw folder.

    Attributes:
        fields: Field name to modality.
        present: Number of records that have each field.
        guesses: What a sample of each field's items looks like, and its settings.
        examples: The first value of each field: a text, or a file's path.
        labels: Number of records with each label.
        splits: Number of records with each published split.
        num_records: Number of records.
        complete: Whether all records were counted.
        ledger: What is read as what, and what is left out.
        notes: What could be read otherwise, and what hardly pairs.
    """

    fields: dict[str, str]
    present: dict[str, int]
    guesses: dict[str, Guess]
    examples: dict[str, str]
    labels: dict[str, int]
    splits: dict[str, int]
    num_records: int
    complete: bool = True
    ledger: Ledger = field(default_factory=Ledger)
    notes: tuple[str, ...] = ()

    @property
    def example_label(self) -> str:
        """A label that is safe to paste into a shell; empty if there is none."""
        return next((name for name in sorted(self.labels) if _SAFE_EXAMPLE.fullmatch(name)), "")

    @property
    def rows(self) -> int:
        """Number of records of the data set; more than here if long items are split."""
        return max([self.num_records, *(guess.records for guess in self.guesses.values())])


def survey_of(raw: Path, choice: Choice | None = None) -> Survey:
    """Survey a raw folder in one pass: count its records, at most a million, and look at a sample of each field's items.

    Args:
        raw: The folder or table.
        choice: Columns and fields to read, and the encoding of tables.

    Raises:
        InputError: The folder cannot be used, or no record has any field.
    """
    from mmcli.data.layouts.base import RawRecord
    from mmcli.data.layouts.folder import read_raw

    folder = read_raw(raw, choice=choice)
    records = (item for item in folder.records() if isinstance(item, RawRecord))
    found = _Counts()
    for record in islice(records, _COUNTED):
        found.records += 1
        found.labels[record.label] += 1
        found.splits[record.split] += 1
        found.paired += len(record.fields) > 1
        for name, value in record.fields.items():
            found.add(name, value)
    complete = next(records, None) is None
    fields = {name: modality for name, modality in folder.fields.items() if found.present[name]}
    if not fields:
        fix = f"correct the items; {quoted('mmcli', 'validate', raw)} lists them with the reasons"
        raise InputError(f"no record has a readable {registry.nouns()}", visible(raw), fix)
    present = {name: found.present[name] for name in fields}
    guesses = {name: registry.find(modality).guessed(found.sample(name, len(fields) == 1)) for name, modality in fields.items()}
    examples = {name: _example(found.first[name]) for name in fields}
    labels, splits = ({key: number for key, number in counter.items() if key} for counter in (found.labels, found.splits))
    ledger = Ledger()
    folder.account(ledger)
    apart = hardly_pairs(fields, found.records, found.paired)
    notes = (*folder.warnings(), *([f"{apart}; {folder.pairing_advice()}"] if apart else []))
    return Survey(fields, present, guesses, examples, labels, splits, found.records, complete, ledger, notes)


@dataclass
class _Counts:
    """Counts, and a random sample of each field's items (reservoir sampling), the same in every run."""

    records: int = 0
    paired: int = 0  # records with two fields
    labels: Counter[str | None] = field(default_factory=Counter)
    splits: Counter[str | None] = field(default_factory=Counter)
    present: Counter[str] = field(default_factory=Counter)
    first: dict[str, RawField] = field(default_factory=dict)
    samples: dict[str, list[RawField]] = field(default_factory=dict)
    bytes: int = 0  # of sampled members of archives and tables
    stream: np.random.Generator = field(default_factory=lambda: generator(0, Purpose.SURVEY))

    def add(self, name: str, value: RawField) -> None:
        self.present[name] += 1
        self.first.setdefault(name, value)
        chosen = self.samples.setdefault(name, [])
        if value.data is not None:
            if self.bytes + len(value.data) > _SAMPLED_BYTES:
                return
            self.bytes += len(value.data)
        if len(chosen) < _SAMPLED:
            chosen.append(value)
        elif (place := int(self.stream.random() * self.present[name])) < _SAMPLED:
            chosen[place] = value

    def sample(self, name: str, alone: bool) -> Sample:
        items = [item for value in self.samples[name] for item in (value.path, value.text, value.data) if item is not None]
        return Sample(items, self.present[name], alone)


def _example(value: RawField) -> str:
    """The value as shown in the README; empty if it is not safe to paste."""
    if value.path is not None and registry.of_suffix(value.path.suffix.lower()) != registry.inline():
        shown = str(value.path.absolute())
    else:
        shown = value.text if value.text is not None else _first_words(value.path)
    return shown if _SAFE_EXAMPLE.fullmatch(shown) else ""


def _first_words(path: Path | None) -> str:
    if path is None:
        return ""
    with path.open(encoding="utf-8", errors="replace") as handle:
        return handle.read(_LONGEST_EXAMPLE + 1).strip()
