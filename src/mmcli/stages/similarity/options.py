"""Options of `similarity`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import StageConfig, option
from mmcli.modalities.items import GivenItems


@dataclass(frozen=True)
class SimilarityConfig(StageConfig, GivenItems):
    """Options of ``similarity``."""

    rows: str | None = option(None, "Field of the rows; auto: the first text field.", metavar="FIELD")
    columns: str | None = option(None, "Field of the columns; auto: that of the rows.", metavar="FIELD")
    lines: str | None = option(None, "File with one text per line, each a row.", metavar="FILE", absent="none")
    split: str = option("test", "Which records.", choices=("all", "train", "val", "test"))
    most: int = option(200, "Most records per side.", ge=1, le=20_000)
    pooling: str = option("mean", "Sentence vectors of word vectors or of a BERT folder.", choices=("mean", "sif", "cls"))
