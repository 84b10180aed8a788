"""Options of `similarity`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import StageConfig, option
from mmcli.modalities.items import GivenItems


@dataclass(frozen=True)
class SimilarityConfig(StageConfig, GivenItems):
    """Options of ``similarity``."""

    rows: str | None = option(None, "Field of the rows; auto: the first text field.", metavar="FIELD")
    columns: str | None = option(None, "Field of the columns; auto: same as the rows.", metavar="FIELD")
    lines: str | None = option(None, "File with one text per line; each becomes a row.", metavar="FILE", absent="none")
    split: str = option("test", "Split to compare.", choices=("all", "train", "val", "test"))
    most: int = option(200, "Maximum number of records per side.", ge=1, le=20_000)
    pooling: str = option("mean", "Pooling of word vectors or of a BERT folder to sentence vectors.", choices=("mean", "sif", "cls"))
