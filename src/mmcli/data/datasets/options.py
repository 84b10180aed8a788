"""Options of `import`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import StageConfig, option


@dataclass(frozen=True)
class ImportConfig(StageConfig):
    """Options of ``import``."""

    limit: int | None = option(None, "Maximum number of records per split and label.", ge=1, le=10**9, absent="all")
    variant: str | None = option(None, "Variant to read if the source contains several (EMNIST balanced, SQuAD v2.0).", metavar="NAME")
    unlabelled: bool = option(False, "imdb: also import the reviews without a label.")
    sa: bool = option(False, "timit: also import the SA sentences, which every speaker reads.")
    on: str = option("label", "pair: column to join records by.", choices=("label",))
    reuse: bool = option(True, "pair: reuse records of the smaller folder, always within one split.")
    resplit: bool = option(False, "Ignore the published splits and split records by hash.")
