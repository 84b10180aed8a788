"""Training budget and progress, in plain numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mmcli.training.options import BudgetConfig


@dataclass
class Progress:
    """Progress of a run; saved with every checkpoint."""

    step: int = 0
    seconds: float = 0.0
    tick: int = 0
    rollbacks: int = 0


@dataclass(frozen=True)
class Budget:
    """A budget in steps, in thousands of items or in minutes.

    Attributes:
        steps: Number of steps; 0 if the budget is in minutes.
        minutes: Minutes; 0 if the budget is in steps or items.
        kimg: Thousands of items; 0 if the budget is not in items.
        ticks: Number of parts it is divided into.
        batch_size: Number of items per step.
    """

    steps: int
    minutes: float
    kimg: float
    ticks: int
    batch_size: int

    @classmethod
    def of(cls, config: BudgetConfig) -> Budget:
        """From resolved options."""
        assert config.batch_size is not None
        minutes, kimg = config.minutes or 0.0, config.kimg or 0.0
        steps = 0 if minutes else config.steps or max(1, math.ceil(kimg * 1000 / config.batch_size))
        return cls(steps, minutes, 0.0 if config.steps else kimg, config.ticks, config.batch_size)

    @property
    def unit(self) -> str:
        """Unit of the budget."""
        return "min" if self.minutes else "kimg" if self.kimg else "steps"

    @property
    def total(self) -> float:
        """The total budget, in its unit."""
        return self.minutes or self.kimg or self.steps

    def spent(self, progress: Progress) -> float:
        """Spent fraction of the budget."""
        return progress.seconds / 60 / self.minutes if self.minutes else progress.step / self.steps

    def done(self, progress: Progress) -> float:
        """Spent budget, in its unit."""
        return {"min": progress.seconds / 60, "kimg": self.items(progress) / 1000, "steps": progress.step}[self.unit]

    def items(self, progress: Progress) -> int:
        """Number of items seen."""
        return progress.step * self.batch_size

    def steps_to_boundary(self, progress: Progress, most: int) -> int:
        """Number of steps until the end or the next tick, at most `most`; both are at the same step in every run."""
        if self.minutes:
            return most
        next_tick = math.ceil(self.steps * (progress.tick + 1) / self.ticks)
        return min(most, max(1, min(self.steps, next_tick) - progress.step))
