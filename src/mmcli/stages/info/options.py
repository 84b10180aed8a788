"""Options of `info`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import Options, option


@dataclass(frozen=True)
class InfoConfig(Options):
    """Options of ``info``."""

    verify: bool = option(False, "Read every file and verify its SHA-256.")
    preview: bool = option(False, "For a dataset: show lengths, words, balance, duplicates and rejects.")
    sheets: str | None = option(None, "For a dataset: folder to write contact sheets to.", metavar="FOLDER", absent="none")
