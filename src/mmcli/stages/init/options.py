"""Options of `init`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import option
from mmcli.data.layouts.options import ColumnsConfig


@dataclass(frozen=True)
class InitConfig(ColumnsConfig):
    """Options of ``init``."""

    target: str | None = option(
        None,
        "Field to generate; auto: one called answer, target, summary ..., otherwise an image, a sound, the last text.",
        metavar="FIELD",
    )
    encoding: str | None = option(None, "Encoding of tables and text files; auto: UTF-8, or by a byte order mark.", metavar="NAME")
