"""Results of stages: the artifact that was written, or an answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmcli.artifacts.store import Build
    from mmcli.core.errors import MmcliError


@dataclass(frozen=True)
class Outcome:
    """Result of a stage that writes an artifact.

    Attributes:
        path: The artifact.
        status: `written` or `up to date`.
        body: Output of ``--json`` in addition to path and status: kind, id, counts and summary.
        fields: Names of its fields.
        next: The next command to run.
        warnings: Warnings of the stage.
    """

    path: Path
    status: str
    body: dict[str, Any]
    fields: tuple[str, ...] = ()
    next: str = ""
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, build: Build, out: Path) -> Outcome:
        """Outcome of a build that was committed or is up to date."""
        body = build.committed
        if body is None:
            raise RuntimeError("the build was not committed")
        status = "up to date" if build.up_to_date else "written"
        return cls(out, status, {"kind": body.kind, "id": body.id, "counts": body.counts, "summary": body.summary}, tuple(body.fields))

    @property
    def id(self) -> str:
        """Id of the artifact."""
        return str(self.body["id"])

    @property
    def counts(self) -> dict[str, Any]:
        """Number of items seen, used and rejected."""
        found: dict[str, Any] = self.body["counts"]
        return found

    @property
    def summary(self) -> dict[str, Any]:
        """Facts and scores, as in the manifest."""
        found: dict[str, Any] = self.body["summary"]
        return found

    def then(self, command: str) -> Outcome:
        """The same outcome with the next command."""
        return replace(self, next=command)


@dataclass(frozen=True)
class Table:
    """A table to print; `header` may be empty."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Answer:
    """Result of a stage that writes no artifact.

    Attributes:
        body: The facts as JSON values, the output of ``--json``.
        parts: The same in readable form: lines and tables.
        next: The next command to run.
        problem: Error to raise after the answer was printed, if any.
        warnings: Warnings of the stage.
    """

    body: dict[str, Any]
    parts: Sequence[str | Table] = ()
    next: str = ""
    problem: MmcliError | None = None
    warnings: tuple[str, ...] = ()
