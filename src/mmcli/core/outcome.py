"""What a stage did: the value that every stage function returns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mmcli.artifacts.store import Build


@dataclass(frozen=True)
class Outcome:
    """Result of a stage.

    Attributes:
        path: The artifact.
        status: `written` or `up to date`.
        body: What ``--json`` prints beside path and status.
        next: The command that a user would run now.
    """

    path: Path
    status: str
    body: dict[str, Any]
    next: str = ""

    @classmethod
    def of(cls, build: Build, out: Path) -> Outcome:
        """Outcome of a build that is committed or up to date."""
        body = build.committed
        if body is None:
            raise RuntimeError("the build was not committed")
        status = "up to date" if build.up_to_date else "written"
        return cls(out, status, {"kind": body.kind, "id": body.id, "counts": body.counts, "summary": body.summary})

    def then(self, command: str) -> Outcome:
        """The same outcome with the next command."""
        return replace(self, next=command)
