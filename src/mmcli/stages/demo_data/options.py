"""Options of `demo-data`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import StageConfig, option


@dataclass(frozen=True)
class DemoDataConfig(StageConfig):
    """Options of ``demo-data``."""

    num_records: int = option(1797, "Number of records (the data set has 1,797 digits).", ge=20, le=1797)
    missing: float = option(0.1, "Fraction of records that lack one field on purpose.", ge=0.0, le=0.9)
