"""Options of `init`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import Options, option


@dataclass(frozen=True)
class InitConfig(Options):
    """Options of ``init``."""

    target: str | None = option(
        None,
        "Field to generate; auto: one called answer, target, summary ..., otherwise an image, a sound, the last text.",
        metavar="FIELD",
    )
