"""The training loop of every GAN: budget, order of the data, ticks, checkpoints, signals."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mmcli.config import TrainGanConfig
from mmcli.errors import BelowBarError
from mmcli.models.networks_io import Network
from mmcli.training import checkpoint
from mmcli.training.interrupt import Interrupt
from mmcli.training.metrics_log import MetricsLog
from mmcli.ui import Ui

Array = npt.NDArray[Any]
FOLDER = "checkpoint"
_STEPS_PER_CALL = 8


class GanTrainer(Protocol):
    """What the loop needs of a GAN."""

    def networks(self) -> dict[str, Network]:
        """What the artifact keeps."""
        ...

    def variables(self) -> list[Any]:
        """Everything that a resumed run needs, in a fixed order."""
        ...

    def run(self, step: int, indices: Array, share: float = 0.0) -> dict[str, float]:
        """Do one step per row of `indices [S, B]`; `share` of the budget is spent."""
        ...

    def sample(self, conditions: Array, seeds: list[int]) -> Array:
        """Make one item per condition."""
        ...

    def finish(self) -> dict[str, Any]:
        """Last decisions; facts for the summary."""
        ...


@dataclass
class Progress:
    """How far a run is; saved with every checkpoint."""

    step: int = 0
    seconds: float = 0.0
    tick: int = 0


def budget_steps(config: TrainGanConfig) -> int:
    """Steps of a budget in `kimg`."""
    return max(1, math.ceil(config.kimg * 1000 / config.batch_size))


def train(trainer: GanTrainer, count: int, config: TrainGanConfig, folder: Path, ui: Ui, on_tick: Callable[[float], None]) -> Progress:
    """Train until the budget is spent; the same call goes on where an interrupted one stopped.

    Args:
        trainer: The GAN.
        count: Records to train on.
        config: Options, resolved.
        folder: Where checkpoints and `metrics.jsonl` go.
        ui: Progress.
        on_tick: Called with thousands of items seen; writes sample grids.

    Raises:
        BelowBarError: A loss became NaN or infinite; the last checkpoint is kept.
        InterruptedRunError: A signal came; the state is saved.
    """
    progress = _restore(trainer, folder, ui)
    log = MetricsLog(folder / "metrics.jsonl", key="step", after=progress.step)
    last_save = time.monotonic()
    with Interrupt() as interrupt, ui.progress("train-gan", _total(config), "kimg" if not config.minutes else "min") as bar:
        rate = _Rate()
        while (share := _share(progress, config)) < 1.0:
            steps = min(_STEPS_PER_CALL, _steps_to_boundary(progress, config))
            begin = time.monotonic()
            figures = trainer.run(progress.step, batches(config.seed, progress.step, steps, count, config.batch_size), share)
            progress.step += steps
            progress.seconds += time.monotonic() - begin
            rate.add(steps * config.batch_size, time.monotonic() - begin)
            _check_finite(figures, folder)
            kimg = progress.step * config.batch_size / 1000
            bar.advance_to(progress.seconds / 60 if config.minutes else kimg, " ".join(f"{k} {v:.3f}" for k, v in figures.items()))
            if _share(progress, config) * config.ticks >= progress.tick + 1:
                progress.tick = int(_share(progress, config) * config.ticks)
                log.write(
                    {"step": progress.step, "kimg": kimg, "seconds": round(progress.seconds, 2), "items_per_s": rate.value(), **figures}
                )
                on_tick(kimg)
            if interrupt.requested or time.monotonic() - last_save > config.checkpoint_seconds:
                _save(trainer, folder, progress)
                last_save = time.monotonic()
                interrupt.check(str(folder))
    return progress


def batches(seed: int, step: int, steps: int, count: int, batch_size: int) -> Array:
    """Record numbers `[steps, B]` of the steps from `step` on; a function of its arguments alone.

    Records follow one permutation per epoch, joined end to end.
    """
    positions = np.arange(step * batch_size, (step + steps) * batch_size)
    found = np.empty(len(positions), dtype=np.int64)
    for epoch in np.unique(positions // count):
        here = positions // count == epoch
        found[here] = np.random.default_rng([seed, int(epoch)]).permutation(count)[positions[here] % count]
    return found.reshape(steps, batch_size)


def _total(config: TrainGanConfig) -> float:
    return config.minutes or config.kimg


def _share(progress: Progress, config: TrainGanConfig) -> float:
    if config.minutes:
        return progress.seconds / 60 / config.minutes
    return progress.step / budget_steps(config)


def _steps_to_boundary(progress: Progress, config: TrainGanConfig) -> int:
    """Steps until the end of the budget or the next tick, so that both fall on the same step in every run."""
    if config.minutes:
        return _STEPS_PER_CALL
    total = budget_steps(config)
    next_tick = math.ceil(total * (progress.tick + 1) / config.ticks)
    return max(1, min(total, next_tick) - progress.step)


def _check_finite(figures: dict[str, float], folder: Path) -> None:
    for name, value in figures.items():
        if not math.isfinite(value):
            fix = "run again with a lower --learning-rate or a higher --gamma"
            raise BelowBarError(f"training diverged: {name} is {value}", str(folder), fix)


def _save(trainer: GanTrainer, folder: Path, progress: Progress) -> None:
    tensors = {f"{i:05d}": np.asarray(v) for i, v in enumerate(trainer.variables())}
    checkpoint.save(folder / FOLDER, tensors, asdict(progress))


def _restore(trainer: GanTrainer, folder: Path, ui: Ui) -> Progress:
    saved = checkpoint.load(folder / FOLDER)
    if saved is None:
        return Progress()
    tensors, state = saved
    for i, variable in enumerate(trainer.variables()):
        variable.assign(tensors[f"{i:05d}"])
    progress = Progress(**state)
    ui.info(f"going on from step {progress.step:,} ({progress.seconds:.0f} s of training)")
    return progress


class _Rate:
    """Items per second, the first call (which traces the graph) left out."""

    def __init__(self) -> None:
        self._items = 0
        self._seconds = 0.0
        self._calls = 0

    def add(self, items: int, seconds: float) -> None:
        self._calls += 1
        if self._calls > 1:
            self._items += items
            self._seconds += seconds

    def value(self) -> float:
        return round(self._items / self._seconds, 1) if self._seconds else 0.0
