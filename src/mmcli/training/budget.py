"""How far a run is within its budget, in plain numbers."""

from __future__ import annotations

import math
from dataclasses import dataclass

from mmcli.training.options import BudgetConfig


@dataclass
class Progress:
    """How far a run is; saved with every checkpoint."""

    step: int = 0
    seconds: float = 0.0
    tick: int = 0
    rollbacks: int = 0


@dataclass(frozen=True)
class Budget:
    """A budget in steps, in thousands of items or in minutes.

    Attributes:
        steps: Of it; 0 where it is in minutes.
        minutes: Of it; 0 where it is in steps or items.
        kimg: Thousands of items; 0 where it is not in items.
        ticks: Into how many parts it is divided.
        batch_size: Items per step.
    """

    steps: int
    minutes: float
    kimg: float
    ticks: int
    batch_size: int

    @classmethod
    def of(cls, config: BudgetConfig) -> Budget:
        """From options that are filled in."""
        assert config.batch_size is not None
        minutes, kimg = config.minutes or 0.0, config.kimg or 0.0
        steps = 0 if minutes else config.steps or max(1, math.ceil(kimg * 1000 / config.batch_size))
        return cls(steps, minutes, 0.0 if config.steps else kimg, config.ticks, config.batch_size)

    @property
    def unit(self) -> str:
        """In which it is told."""
        return "min" if self.minutes else "kimg" if self.kimg else "steps"

    @property
    def total(self) -> float:
        """Of the unit."""
        return self.minutes or self.kimg or self.steps

    def spent(self, progress: Progress) -> float:
        """What fraction is spent."""
        return progress.seconds / 60 / self.minutes if self.minutes else progress.step / self.steps

    def done(self, progress: Progress) -> float:
        """What is spent, in the unit."""
        return {"min": progress.seconds / 60, "kimg": self.items(progress) / 1000, "steps": progress.step}[self.unit]

    def items(self, progress: Progress) -> int:
        """Items seen."""
        return progress.step * self.batch_size

    def steps_to_boundary(self, progress: Progress, most: int) -> int:
        """Steps until the end or the next tick, at most so many; both fall on the same step in every run."""
        if self.minutes:
            return most
        next_tick = math.ceil(self.steps * (progress.tick + 1) / self.ticks)
        return min(most, max(1, min(self.steps, next_tick) - progress.step))
