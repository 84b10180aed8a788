"""Options of `report`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import StageConfig, option


@dataclass(frozen=True)
class ReportConfig(StageConfig):
    """Options of ``report``."""

    title: str | None = option(None, "Title of the page; auto: the folder's name.", metavar="TEXT")
    examples: int = option(24, "Number of examples per artifact.", ge=1, le=200)
