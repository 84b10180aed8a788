"""Schemas of the files that `evaluate` writes, and of logs of figures."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from mmcli.artifacts.manifest_schema import VerdictEntry
from mmcli.artifacts.schema import Count, Names, Number, OpenSchema


class Score(OpenSchema):
    """See `metrics.score.Score`."""

    value: Number | None  # null: too few items to tell
    real: Number | None = None
    better: Literal["higher", "lower"]
    n: Count = 0
    reason: str = ""
    low: Number | None = None
    high: Number | None = None
    baselines: dict[str, Number] = Field(default_factory=dict)
    chance: Number | None = None

    @model_validator(mode="after")
    def _told(self) -> Self:
        if self.value is None and not self.reason:
            raise ValueError("there is neither a value nor a reason")
        return self


class ClassRow(OpenSchema):
    """Figures of one class."""

    accuracy: Number | None = None


class ClassesFile(OpenSchema):
    """The content of `per_class.json`."""

    classes: Names
    confusion: list[list[Count]]
    rows: list[ClassRow]

    @model_validator(mode="after")
    def _square(self) -> Self:
        size = len(self.classes)
        if not len(self.confusion) == len(self.rows) == size or any(len(row) != size for row in self.confusion):
            raise ValueError(f"the confusion matrix and the rows do not fit {size} classes")
        return self


class JudgeFile(OpenSchema):
    """The content of `judge.json`."""

    reference: str = "held-out split"
    classes: Names = Field(default_factory=list)


class NearestPair(OpenSchema):
    """A sample and the train record that it is nearest to."""

    sample: Count
    train: str
    distance: Number


class NearestFile(OpenSchema):
    """The content of `nearest.json`."""

    pairs: Annotated[list[NearestPair], Field(max_length=100)]


class ComparedSamples(OpenSchema):
    """See `stages.evaluate.comparing`."""

    name: str
    num: Count
    paired: bool
    verdict: VerdictEntry


class DifferenceEntry(OpenSchema):
    """See `metrics.compare.Difference`."""

    value: Number
    low: Number | None = None
    high: Number | None = None
    word: str = ""


class ComparedScore(OpenSchema):
    """A score of several samples, and the differences to the first."""

    score: str
    better: Literal["higher", "lower"]
    values: list[Number | None]
    differences: list[DifferenceEntry | None]


class ComparisonFile(OpenSchema):
    """The content of `comparison.json`."""

    samples: Annotated[list[ComparedSamples], Field(max_length=100)]
    rows: Annotated[list[ComparedScore], Field(max_length=1000)]

    @model_validator(mode="after")
    def _square(self) -> Self:
        count = len(self.samples)
        if any(len(row.values) != count or len(row.differences) != count - 1 for row in self.rows):
            raise ValueError(f"a row does not fit {count} samples")
        return self


ScoresFile = Annotated[dict[str, Score], Field(max_length=1000)]
FiguresFile = list[dict[str, Number | str | bool | None]]
