"""Options of `info`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import Options, option


@dataclass(frozen=True)
class InfoConfig(Options):
    """Options of ``info``."""

    verify: bool = option(False, "Read every file and compare it with its SHA-256.")
    preview: bool = option(False, "Of a dataset: lengths, words, balance, duplicates, rejects.")
    sheets: str | None = option(None, "Of a dataset: write its contact sheets here.", metavar="FOLDER", absent="none")
