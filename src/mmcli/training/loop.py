"""The training loop of every GAN: budget, order of the data, ticks, checkpoints, signals."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mmcli.core.errors import BelowBarError
from mmcli.core.streams import Purpose, generator
from mmcli.core.ui import Ui
from mmcli.nn.networks_io import Network
from mmcli.training import checkpoint
from mmcli.training.interrupt import Interrupt
from mmcli.training.metrics_log import MetricsLog
from mmcli.training.options import BudgetConfig

Array = npt.NDArray[Any]
FOLDER = "checkpoint"
_STEPS_PER_CALL = 8
_MAX_ROLLBACKS = 2
_EXPLODED = 1e4  # a loss beyond this does not come back
_LOSSES = ("loss_g", "loss_d", "nll")


class GanTrainer(Protocol):
    """What the loop needs of a GAN.

    Attributes:
        graph_seconds: Time spent inside graphs so far; 0 where it is not measured.
    """

    graph_seconds: float

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

    def slow_down(self) -> float:
        """Halve the learning rate for good; returns what is left of it."""
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
    rollbacks: int = 0


TickHook = Callable[[float], Mapping[str, Any] | None]


def budget_steps(config: BudgetConfig) -> int:
    """Steps of a budget in `kimg` or `steps`."""
    return config.steps or max(1, math.ceil(config.kimg * 1000 / config.batch_size))


def train(trainer: GanTrainer, count: int, config: BudgetConfig, folder: Path, ui: Ui, on_tick: TickHook) -> Progress:
    """Train until the budget is spent; the same call goes on where an interrupted one stopped.

    Args:
        trainer: The GAN.
        count: Records to train on.
        config: Options, resolved.
        folder: Where checkpoints and `metrics.jsonl` go.
        ui: Progress.
        on_tick: Called with thousands of items seen; writes sample grids, returns more figures.

    A loss that is not finite, or explodes, takes the run back to its last checkpoint with half the
    learning rate, twice at most.

    Raises:
        BelowBarError: Training diverged once more; the last good checkpoint is kept.
        InterruptedRunError: A signal came; the state is saved.
    """
    progress = _restore(trainer, folder, ui)
    if progress is None:
        progress = Progress()
        _save(trainer, folder, progress)
    log = MetricsLog(folder / "metrics.jsonl", key="step", after=progress.step)
    last_save, clock = time.monotonic(), _Clock(trainer)
    with Interrupt() as interrupt, ui.progress("train-gan", _total(config), _unit(config)) as bar:
        while (share := _share(progress, config)) < 1.0:
            steps = min(_STEPS_PER_CALL, _steps_to_boundary(progress, config))
            rows = batches(config.seed, progress.step, steps, count, config.batch_size)
            with clock.running(steps * config.batch_size) as call:
                figures = trainer.run(progress.step, rows, share)
            trouble = _trouble(figures)
            if trouble:
                progress = _roll_back(trainer, folder, progress, trouble, ui)
                log = MetricsLog(folder / "metrics.jsonl", key="step", after=progress.step)
                continue
            progress.step += steps
            progress.seconds += call.seconds
            kimg = progress.step * config.batch_size / 1000
            done = {"min": progress.seconds / 60, "kimg": kimg, "steps": progress.step}[_unit(config)]
            bar.advance_to(done, " ".join(f"{k} {v:.3f}" for k, v in figures.items()))
            if _share(progress, config) * config.ticks >= progress.tick + 1:
                progress.tick = int(_share(progress, config) * config.ticks)
                speed = clock.figures()
                more = on_tick(kimg) or {}
                log.write({"step": progress.step, "kimg": kimg, "seconds": round(progress.seconds, 2), **speed, **figures, **more})
                clock.begin_anew()
            if interrupt.requested or time.monotonic() - last_save > config.checkpoint_seconds:
                try:
                    _save(trainer, folder, progress)
                except BelowBarError as error:  # weights that are not finite, though the losses were
                    progress = _roll_back(trainer, folder, progress, error.what, ui)
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
        found[here] = generator(seed, Purpose.GAN_ORDER, epoch).permutation(count)[positions[here] % count]
    return found.reshape(steps, batch_size)


def _unit(config: BudgetConfig) -> str:
    return "min" if config.minutes else "steps" if config.steps else "kimg"


def _total(config: BudgetConfig) -> float:
    return config.minutes or config.steps or config.kimg


def _share(progress: Progress, config: BudgetConfig) -> float:
    if config.minutes:
        return progress.seconds / 60 / config.minutes
    return progress.step / budget_steps(config)


def _steps_to_boundary(progress: Progress, config: BudgetConfig) -> int:
    """Steps until the end of the budget or the next tick, so that both fall on the same step in every run."""
    if config.minutes:
        return _STEPS_PER_CALL
    total = budget_steps(config)
    next_tick = math.ceil(total * (progress.tick + 1) / config.ticks)
    return max(1, min(total, next_tick) - progress.step)


def _trouble(figures: Mapping[str, float]) -> str:
    """What shows that training diverged; empty if nothing does."""
    for name, value in figures.items():
        if not math.isfinite(value) or (name in _LOSSES and abs(value) > _EXPLODED):
            return f"training diverged: {name} is {value:.4g}"
    return ""


def _roll_back(trainer: GanTrainer, folder: Path, progress: Progress, trouble: str, ui: Ui) -> Progress:
    """Go back to the last checkpoint with half the learning rate, and save that at once."""
    if progress.rollbacks >= _MAX_ROLLBACKS:
        fix = "train again with a lower --learning-rate or a higher --gamma"
        raise BelowBarError(f"{trouble}, after {progress.rollbacks} roll-backs; the last good checkpoint is kept", str(folder), fix)
    last = _restore(trainer, folder, None) or Progress()
    last.rollbacks = progress.rollbacks + 1
    left = trainer.slow_down()
    ui.warn(f"{trouble}; going back from step {progress.step:,} to {last.step:,} with {left:g} of the learning rate")
    _save(trainer, folder, last)
    return last


def _save(trainer: GanTrainer, folder: Path, progress: Progress) -> None:
    tensors = {f"{i:05d}": v.numpy() for i, v in enumerate(trainer.variables())}
    checkpoint.save(folder / FOLDER, tensors, asdict(progress))


def _restore(trainer: GanTrainer, folder: Path, ui: Ui | None) -> Progress | None:
    saved = checkpoint.load(folder / FOLDER)
    if saved is None:
        return None
    tensors, state = saved
    for i, variable in enumerate(trainer.variables()):
        variable.assign(tensors[f"{i:05d}"])
    progress = Progress(**state)
    if ui is not None:
        ui.info(f"going on from step {progress.step:,} ({progress.seconds:.0f} s of training)")
    return progress


class _Clock:
    """Items per second, and the share of the time that is spent in graphs.

    The first call, which traces the graph, is left out of both.
    """

    def __init__(self, trainer: GanTrainer) -> None:
        self._trainer = trainer
        self._calls, self._items, self._seconds = 0, 0, 0.0
        self.seconds = 0.0
        self.begin_anew()

    @contextmanager
    def running(self, items: int) -> Iterator[_Clock]:
        """Measure one call; its `seconds` are known after the block."""
        begin = time.monotonic()
        yield self
        self.seconds = time.monotonic() - begin
        self._calls += 1
        if self._calls == 1:
            self.begin_anew()
        else:
            self._items += items
            self._seconds += self.seconds

    def begin_anew(self) -> None:
        """Start a stretch whose share of graph time is asked for."""
        self._wall, self._graph = time.monotonic(), self._trainer.graph_seconds

    def figures(self) -> dict[str, float]:
        """For the log."""
        found = {"items_per_s": round(self._items / self._seconds, 1) if self._seconds else 0.0}
        wall, graph = time.monotonic() - self._wall, self._trainer.graph_seconds - self._graph
        return found | ({"graph_share": round(graph / wall, 4)} if graph > 0 and wall > 0 else {})
