"""Options of `demo-data`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import StageConfig, option


@dataclass(frozen=True)
class DemoDataConfig(StageConfig):
    """Options of ``demo-data``."""

    num_records: int = option(1797, "How many records to write (at most the 1,797 digits there are).", ge=20, le=1797)
    missing: float = option(0.1, "Share of the records that lack one field on purpose.", ge=0.0, le=0.9)
