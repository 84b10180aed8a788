"""Rolling back to the last checkpoint, with a trainer of one number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmcli.artifacts import jsonlines
from mmcli.core.ui import Ui
from mmcli.training import loop
from mmcli.training.options import BudgetConfig
from mmcli.training.trainer import ScoredBySamples


class Number:
    """A variable."""

    def __init__(self) -> None:
        self.value = np.zeros(1, np.float32)

    def numpy(self) -> np.ndarray:
        return self.value

    def assign(self, value: np.ndarray) -> None:
        self.value = np.array(value)


class Counts(ScoredBySamples):
    """Counts its steps; at one of them, once, its loss explodes or its weights do."""

    graph_seconds = 0.0

    def __init__(self, fails_at: int, what: str) -> None:
        self.number, self.fails_at, self.what, self.rate = Number(), fails_at, what, 1.0

    def variables(self) -> list[Number]:
        return [self.number]

    def run(self, step: int, indices: Any, fraction: float = 0.0) -> dict[str, float]:
        self.number.value += len(indices)
        if step + len(indices) != self.fails_at:
            return {"loss_g": 1.0}
        self.fails_at = 0
        if self.what == "weights":
            self.number.value *= np.nan
        return {"loss_g": float("nan") if self.what == "loss" else 1.0}

    def slow_down(self) -> float:
        self.rate /= 2
        return self.rate


@pytest.mark.parametrize("what", ["loss", "weights"])
def test_the_log_has_no_line_after_the_checkpoint_that_was_restored(tmp_path: Path, what: str) -> None:
    trainer = Counts(4, what)
    config = BudgetConfig(steps=6, batch_size=2, ticks=3, checkpoint_seconds=0.0)
    progress = loop.train(trainer, 4, config, tmp_path, Ui(quiet=True), lambda kimg: None)  # type: ignore[arg-type]
    assert (progress.step, progress.rollbacks, trainer.rate, trainer.number.value[0]) == (6, 1, 0.5, 6.0)
    assert [line["step"] for line in jsonlines.read_objects(tmp_path / loop.LOG)] == [2, 4, 6]
