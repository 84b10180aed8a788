"""Options of every training that has a budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.options import StageConfig, option


@dataclass(frozen=True)
class BudgetConfig(StageConfig):
    """How long to train, and how often to say and to save how it goes."""

    panel: ClassVar[str] = "Training"

    steps: int = option(0, "Budget in steps instead (0: none).", ge=0, le=10**9)
    kimg: float = option(0.0, "Budget in thousands of training items (0: from the data).", ge=0.0, le=1e9)
    minutes: float = option(0.0, "Budget in minutes of training instead (0: none).", ge=0.0, le=1e6)
    batch_size: int = option(0, "Items per step (0: the modality's).", ge=0, le=65_536)
    ticks: int = option(12, "How many times to write metrics and a sample grid.", ge=1, le=10_000)
    checkpoint_seconds: float = option(60.0, "Seconds between two checkpoints.", ge=0.1, le=86_400)
