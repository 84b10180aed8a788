"""Schema of `artifact.json`, and of the summary of each kind of artifact."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from mmcli.artifacts.schema import Count, Names, Number, OpenSchema, Schema

_Figures = dict[str, Number | None]
_Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Split = Literal["train", "val", "test"]


class FileEntry(Schema):
    """A file of the artifact."""

    size: Count
    sha256: _Digest


class Input(Schema):
    """An input of the artifact."""

    kind: str
    id: str
    path: str


class FieldEntry(OpenSchema):
    """A field: what `Codec.describe` returns."""

    modality: str
    shape: Annotated[list[Count], Field(max_length=8)] = Field(default_factory=list)
    dtype: str = ""
    units: str = ""


class Counts(OpenSchema):
    """Numbers of items."""

    seen: Count = 0
    ok: Count = 0
    rejected: Count = 0
    records: Count = 0
    train: Count = 0
    val: Count = 0
    test: Count = 0
    present: dict[str, Count] = Field(default_factory=dict)


class ManifestFile(Schema):
    """The content of `artifact.json`."""

    schema_number: int = Field(alias="schema")
    kind: str
    id: str
    config: dict[str, Any]
    seed: Annotated[int, Field(ge=0, lt=2**63)]
    inputs: list[Input]
    files: dict[str, FileEntry]
    fields_by_name: dict[str, FieldEntry] = Field(alias="fields")
    counts: Counts
    summary: dict[str, Any]
    versions: dict[str, str]
    checksum: str


class LedgerEntry(Schema):
    """See `core.ledger.Entry`."""

    topic: str
    what: str
    detail: str
    count: Count
    of: Count
    names: Names


class Summary(OpenSchema):
    """What every stage says of its result."""

    ledger: list[LedgerEntry] = Field(default_factory=list)


class EmbeddingsSummary(Summary):
    """What `embed` says of its result."""

    scored_on: _Split = "test"
    r1: Number | None = None
    chance: Number | None = None
    views: _Figures | None = None
    probes: _Figures = Field(default_factory=dict)
    retrieval: dict[str, _Figures] = Field(default_factory=dict)


class FusedSummary(Summary):
    """What `fuse` says of its result."""

    method: str = ""
    scored_on: _Split = "test"
    subsets: dict[str, _Figures] = Field(default_factory=dict)
    alone: _Figures = Field(default_factory=dict)
    attention: _Figures = Field(default_factory=dict)
    methods: dict[str, _Figures] = Field(default_factory=dict)
    noise: dict[str, dict[Annotated[str, Field(pattern=r"^[0-9]{1,4}([.][0-9]{1,6})?$")], Number]] = Field(default_factory=dict)


class GanSummary(Summary):
    """What `train-gan` says of its result."""

    family: str
    target: str
    given: Names
    kimg: Number = 0.0


class SamplesSummary(Summary):
    """What `generate` says of its result."""

    target: str
    given: Names = Field(default_factory=list)
    num: Count = 0


class VerdictEntry(Schema):
    """See `metrics.verdict.Verdict`."""

    word: str
    sentence: str


class ScoresSummary(Summary):
    """What `evaluate` says of its result: scores by name."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Number | None]

    target: str = ""
    too_few: dict[str, str] = Field(default_factory=dict)
    verdict: VerdictEntry | None = None


# Kinds without an entry have a plain `Summary`.
SUMMARIES: dict[str, type[Summary]] = {
    "embeddings": EmbeddingsSummary,
    "fused": FusedSummary,
    "gan": GanSummary,
    "samples": SamplesSummary,
    "scores": ScoresSummary,
}
