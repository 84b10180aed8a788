"""Options of every training that has a budget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from mmcli.core.errors import UsageError
from mmcli.core.options import StageConfig, option


@dataclass(frozen=True)
class BudgetConfig(StageConfig):
    """How long to train, and how often to say and to save how it goes."""

    panel: ClassVar[str] = "Training"

    steps: int | None = option(None, "Budget in steps instead.", ge=1, le=10**9, absent="none")
    kimg: float | None = option(None, "Budget in thousands of training items; auto is a number of epochs.", ge=1e-6, le=1e9)
    minutes: float | None = option(None, "Budget in minutes of training instead.", ge=1e-6, le=1e6, absent="none")
    batch_size: int | None = option(None, "Items per step; auto is the target modality's.", ge=1, le=65_536)
    ticks: int = option(12, "How many times to write metrics and a sample grid.", ge=1, le=10_000)
    checkpoint_seconds: float = option(60.0, "Seconds between two checkpoints.", ge=0.1, le=86_400)

    def __post_init__(self) -> None:
        budgets = [flag for flag, value in (("--kimg", self.kimg), ("--minutes", self.minutes), ("--steps", self.steps)) if value]
        if len(budgets) > 1:
            raise UsageError("more than one budget is given", " and ".join(budgets), "give one of them")
