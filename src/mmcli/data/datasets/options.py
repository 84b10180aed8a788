"""Options of `import`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import StageConfig, option


@dataclass(frozen=True)
class ImportConfig(StageConfig):
    """Options of ``import``."""

    limit: int | None = option(None, "Take at most this many records per split and label.", ge=1, le=10**9, absent="all")
    variant: str | None = option(None, "Which one to read where a source holds several (EMNIST balanced, SQuAD v2.0).", metavar="NAME")
    unlabelled: bool = option(False, "imdb: also take the reviews without a label.")
    sa: bool = option(False, "timit: also take the SA sentences, which every speaker reads.")
    on: str = option("label", "pair: join records that agree in this.", choices=("label",))
    reuse: bool = option(True, "pair: take records of the smaller side several times, always within one split.")
    resplit: bool = option(False, "Set the given splits aside; records are split anew by hash.")
