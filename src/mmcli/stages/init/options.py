"""Options of `init`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import Options, option


@dataclass(frozen=True)
class InitConfig(Options):
    """Options of ``init``."""

    target: str | None = option(None, "Field to generate; auto: an image, otherwise a sound, otherwise a text.", metavar="FIELD")
