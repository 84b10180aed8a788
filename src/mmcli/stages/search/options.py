"""Options of `search`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.errors import UsageError
from mmcli.core.options import StageConfig, option
from mmcli.modalities.items import GivenItems


@dataclass(frozen=True)
class SearchConfig(StageConfig, GivenItems):
    """Options of ``search``."""

    query_field: str | None = option(None, "Field whose encoder reads the query; auto: the first of its modality.", metavar="FIELD")
    target: str | None = option(None, "Field to search; auto: the first of another modality.", metavar="FIELD")
    top: int = option(10, "Number of results per query.", ge=1, le=10_000)
    split: str = option("all", "Split to search.", choices=("all", "train", "val", "test"))
    method: str = option("exact", "Search method; approximate needs the extra mmcli[ann].", choices=("exact", "approximate"))
    index: str | None = option(None, "File of the approximate index, built on first use.", metavar="FILE", absent="none")
    sheet: str | None = option(None, "File to write a contact sheet of the results to.", metavar="FILE.png", absent="none")
    dataset: str | None = option(None, "Data set of the contact sheet; auto: the one that was embedded.", metavar="FOLDER")
    eval: bool = option(False, "Search with every record of the split as a query and print recall.")

    def __post_init__(self) -> None:
        if self.index and self.method == "exact":
            raise UsageError("exact search has no index", "--index", "add --method approximate, or omit --index")
