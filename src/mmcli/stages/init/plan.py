"""The plan of a project in five lines: what was found, what is made of it, with which settings, how well, how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mmcli.core.display import counted, visible
from mmcli.modalities import registry
from mmcli.stages.init import estimate, pipelines
from mmcli.stages.init.settings import Settings, enough
from mmcli.stages.init.survey import Survey
from mmcli.stages.init.target import choose

_DIRECT = ("preprocess", "train-gan", "generate", "evaluate", "report")
_SEVERAL = ("preprocess", "embed", "fuse", "train-gan", "generate", "evaluate", "report")


@dataclass(frozen=True)
class Plan:
    """A project's plan.

    Attributes:
        survey: What was found.
        target: The field to generate.
        why: Why it.
        given: What it is generated from: fields, `label` or `none`.
        settings: The settings.
        minutes: Expected minutes of each stage.
    """

    survey: Survey
    target: str
    why: str
    given: tuple[str, ...]
    settings: Settings
    minutes: dict[str, float]

    @classmethod
    def of(cls, survey: Survey, target: str = "") -> Plan:
        """Plan for a surveyed folder; `target` is the field that the user wants, if any."""
        name, why = choose(survey.fields, target)
        settings = Settings.of(survey, name)
        stages = _DIRECT if pipelines.is_direct(survey, name) else _SEVERAL
        work = estimate.Workload(survey.guesses, name, survey.rows, settings.epochs, settings.minutes, stages)
        minutes = estimate.minutes_per_stage(work, estimate.slowness())
        return cls(survey, name, why, pipelines.given_for(survey, name), settings, minutes)

    @property
    def total_minutes(self) -> float:
        """Expected minutes of all stages."""
        return sum(self.minutes.values())

    def lines(self) -> list[str]:
        """The five lines, in plain words."""
        return [self._found(), self._made(), f"settings: {visible(self.settings.summary(self.survey))}", self._judged(), self._time()]

    def to_json(self) -> dict[str, Any]:
        """The same as JSON values."""
        survey, settings = self.survey, self.settings
        fields = {name: {key: setting.value for key, setting in chosen.items()} for name, chosen in settings.fields.items()}
        minutes = {stage: round(value, 2) for stage, value in self.minutes.items()}
        return {
            "target": self.target,
            "why": self.why,
            "given": list(self.given),
            "fields": survey.fields,
            "records": survey.num_records,
            "saw": {name: guess.saw for name, guess in survey.guesses.items()},
            "notes": {name: list(guess.notes) for name, guess in survey.guesses.items() if guess.notes},
            "settings": fields,
            "splits": dict(zip(("train", "val", "test"), settings.records, strict=True)),
            "enough": enough(survey, settings.records[0]),
            "minutes": {"total": round(self.total_minutes, 1), "train": settings.minutes, "stages": minutes},
        }

    def _found(self) -> str:
        survey = self.survey
        found = []
        for name, guess in survey.guesses.items():
            notes = "".join(f"; {note}" for note in guess.notes)
            found.append(f"{visible(name)}: {survey.present[name]:,} {registry.find(survey.fields[name]).plural}, {guess.saw}{notes}")
        least = "" if survey.complete else "at least "
        return f"found: {least}{counted(survey.num_records, 'record')}; {' | '.join(found)}"

    def _made(self) -> str:
        words = {pipelines.LABEL: f"its class, one of {len(self.survey.labels):,}", pipelines.NONE: "nothing"}
        given = " and ".join(words.get(name, visible(name)) if len(self.survey.fields) == 1 else visible(name) for name in self.given)
        others = [name for name in self.survey.fields if name != self.target]
        other = f"; another: --target {visible(others[0])}" if others else ""
        return f"makes: {visible(self.target)} ({self.why}) from {given}{other}"

    def _judged(self) -> str:
        train, val, test = self.settings.records
        remark = enough(self.survey, train)
        return f"splits: about {train:,} train, {val:,} val and {test:,} test records{f'; {remark}' if remark else ''}"

    def _time(self) -> str:
        parts = ", ".join(f"{stage} {_in_words(value)}" for stage, value in self.minutes.items() if value >= 0.1)
        total = self.total_minutes
        ends = f"{_in_words(total / estimate.ERROR)} to {_in_words(total * estimate.ERROR)}"
        return f"time: about {_in_words(total)} ({parts}); {ends} by the load of this machine"


def _in_words(minutes: float) -> str:
    if minutes < 1:
        return f"{60 * minutes:.0f} s"
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"
