"""Options of `search`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.errors import UsageError
from mmcli.core.options import StageConfig, option
from mmcli.modalities.items import GivenItems


@dataclass(frozen=True)
class SearchConfig(StageConfig, GivenItems):
    """Options of ``search``."""

    query_field: str | None = option(None, "Field that reads the query; auto: the first of its kind.", metavar="FIELD")
    target: str | None = option(None, "Field to search; auto: the first of another kind.", metavar="FIELD")
    top: int = option(10, "How many results per query.", ge=1, le=10_000)
    split: str = option("all", "Which records to search.", choices=("all", "train", "val", "test"))
    method: str = option("exact", "How to search; approximate needs mmcli[ann].", choices=("exact", "approximate"))
    index: str | None = option(None, "Keep the approximate index in this file.", metavar="FILE", absent="none")
    sheet: str | None = option(None, "Draw the results as a contact sheet.", metavar="FILE.png", absent="none")
    dataset: str | None = option(None, "Data set for the sheet; auto: the one that was embedded.", metavar="FOLDER")
    eval: bool = option(False, "Search with every record of the split instead and print recall.")

    def __post_init__(self) -> None:
        if self.index and self.method == "exact":
            raise UsageError("exact search keeps no index", "--index", "add --method approximate, or leave --index out")
