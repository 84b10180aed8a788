"""Settings of a field for a first run, guessed from a sample of its items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Sample:
    """Some items of one field.

    Attributes:
        items: Files, texts, or the bytes of members of archives; files are not opened yet.
        number: Number of records that have the field.
        alone: Whether the data set has no other field.
    """

    items: Sequence[Path | str | bytes]
    number: int
    alone: bool = False


@dataclass(frozen=True)
class Setting:
    """A value of an option, and why."""

    value: Any
    why: str = ""


@dataclass(frozen=True)
class Guess:
    """What was seen of a field, and its settings.

    Attributes:
        saw: Description of the items, such as `28 x 28, grey`.
        settings: Option of `preprocess` -> its setting.
        notes: What the settings lose, each a clause.
        records: Number of records that the settings make of these items.
        decode_ms: Time to preprocess one item, on the machine of `stages.init.estimate`.
        learn_ms: Time to train an encoder on one item, once.
    """

    saw: str = ""
    settings: Mapping[str, Setting] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    records: int = 0
    decode_ms: float = 1.0
    learn_ms: float = 0.5


def nothing(sample: Sample) -> Guess:
    """The guess of a modality that makes none: its defaults."""
    return Guess(records=sample.number)


def high(values: Sequence[float]) -> float:
    """The 95th percentile: the least of the values that 95 % of them do not exceed."""
    return float(np.percentile(np.array(values), 95, method="inverted_cdf"))


def span(values: Sequence[float], form: str = "{:,.0f}") -> str:
    """The 5th to the 95th percentile in words: `3 to 9`, or only one number if they agree."""
    ends = [form.format(value) for value in np.percentile(np.array(values), (5, 95))]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def share(part: int, whole: int) -> str:
    """A fraction in words: `12 %`, never 0 % of something."""
    return f"{max(1, round(100 * part / whole))} %"
