"""Interface of what watches a training run: the live page, and loggers of other tools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt

from mmcli.core.errors import InterruptedRunError

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Moment:
    """State of a run after some step or epoch.

    Attributes:
        step: Number of steps, or of epochs.
        x: Thousands of items seen, or the number of epochs; see `x_name`.
        fraction: Fraction of the budget that is spent.
        seconds: Seconds of training so far, over all resumed runs.
        figures: Losses; at a tick also scores and speed.
        x_name: Meaning of `x`.
    """

    step: int
    x: float
    fraction: float
    seconds: float
    figures: Mapping[str, Any] = field(default_factory=dict)
    x_name: str = "thousands of items seen"


@dataclass(frozen=True)
class Shown:
    """A single generated item; parts that its modality lacks are empty.

    Attributes:
        condition: What it was generated from, as text.
        text: Its text.
        wave: Its waveform `[samples]` in [-1, 1].
        rate_hz: The sampling rate.
        real: Text of the record with this condition.
        real_wave: Waveform of the record with this condition.
    """

    condition: str = ""
    text: str = ""
    wave: Array | None = None
    rate_hz: int = 0
    real: str = ""
    real_wave: Array | None = None


@dataclass(frozen=True)
class Samples:
    """Generated items of fixed conditions and seeds at some moment.

    Attributes:
        x: The moment, as in `Moment`.
        sheet: Contact sheet `[H, W, 3]` uint8; `None` for items that are best shown one by one.
        items: Single items.
        real: Contact sheet of the records with the same conditions.
    """

    x: float
    sheet: Array | None = None
    items: Sequence[Shown] = ()
    real: Array | None = None


class Observer:
    """Watches a run; the methods do nothing here and are overridden where they should."""

    def begin(self, progress: Moment) -> None:
        """The run begins, or resumes, at some moment."""

    def advance(self, moment: Moment) -> None:
        """Some steps are done; called often."""

    def tick(self, moment: Moment) -> None:
        """Scores were computed and samples written."""

    def end(self, outcome: str) -> None:
        """The run is `finished`, `interrupted` or `failed`."""


NOBODY = Observer()


class Observers(Observer):
    """Several observers as one."""

    def __init__(self, members: Sequence[Observer]) -> None:
        self._members = members

    def begin(self, progress: Moment) -> None:
        for member in self._members:
            member.begin(progress)

    def advance(self, moment: Moment) -> None:
        for member in self._members:
            member.advance(moment)

    def tick(self, moment: Moment) -> None:
        for member in self._members:
            member.tick(moment)

    def end(self, outcome: str) -> None:
        for member in self._members:
            member.end(outcome)


@contextmanager
def observed(observer: Observer) -> Iterator[None]:
    """Tell an observer how the block ended."""
    try:
        yield
    except BaseException as error:
        observer.end("interrupted" if isinstance(error, InterruptedRunError | KeyboardInterrupt) else "failed")
        raise
    observer.end("finished")
