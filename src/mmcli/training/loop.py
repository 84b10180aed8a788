"""The training loop of all generators: budget, order of the data, ticks, checkpoints, signals."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.core.errors import BelowBarError
from mmcli.core.streams import Purpose, generator
from mmcli.core.ui import Ui
from mmcli.training import checkpoint
from mmcli.training.budget import Budget, Progress
from mmcli.training.clock import Clock
from mmcli.training.interrupt import Interrupt
from mmcli.training.metrics_log import MetricsLog, truncate_after
from mmcli.training.observer import NOBODY, Moment, Observer
from mmcli.training.options import BudgetConfig
from mmcli.training.trainer import Trainer

Array = npt.NDArray[Any]
FOLDER, LOG = "checkpoint", "metrics.jsonl"
_STEPS_PER_CALL = 8
_MAX_ROLLBACKS = 2
_EXPLODED = 1e4  # a loss above this does not recover
_LOSSES = ("loss_g", "loss_d", "nll")
_NUM_NOTED = 2  # figures beside the progress bar
TickHook = Callable[[float], Mapping[str, Any] | None]


def train(
    trainer: Trainer, count: int, config: BudgetConfig, folder: Path, ui: Ui, on_tick: TickHook, observer: Observer = NOBODY
) -> Progress:
    """Train until the budget is spent; the same call resumes an interrupted run.

    Args:
        trainer: The trainer.
        count: Number of train records.
        config: Resolved options.
        folder: Folder of checkpoints and `metrics.jsonl`.
        ui: Shows progress.
        on_tick: Called with thousands of items seen; writes sample grids, returns more metrics.
        observer: Watches the run.

    If a loss explodes or is not finite, the run is rolled back to its last checkpoint with half the
    learning rate, at most twice.

    Raises:
        BelowBarError: Training diverged once more; the last good checkpoint is kept.
        InterruptedRunError: A signal was received; the state is saved.
    """
    progress = _restore(trainer, folder, ui)
    if progress is None:
        progress = Progress()
        _save(trainer, folder, progress)
    log = MetricsLog(folder / LOG, after=progress.step)
    last_save, clock, budget = time.monotonic(), Clock(trainer), Budget.of(config)
    observer.begin(_moment(budget, progress))
    with Interrupt() as interrupt, ui.progress("train-gan", budget.total, budget.unit) as bar:
        while (fraction := budget.spent(progress)) < 1.0 and not trainer.ended(fraction):
            # Train
            steps = budget.steps_to_boundary(progress, _STEPS_PER_CALL)
            rows = batches(config.seed, progress.step, steps, count, budget.batch_size)
            with clock.running(steps * budget.batch_size) as call:
                figures = trainer.run(progress.step, rows, fraction)
            trouble = _trouble(figures)
            if trouble:
                progress = _roll_back(trainer, folder, progress, trouble, ui)
                continue
            # Report
            progress.step += steps
            progress.seconds += call.seconds
            bar.advance_to(budget.done(progress), noted(figures))
            observer.advance(_moment(budget, progress, figures))
            if budget.spent(progress) * budget.ticks >= progress.tick + 1:
                progress.tick = int(budget.spent(progress) * budget.ticks)
                speed, kimg = clock.figures(), budget.items(progress) / 1000
                more = {**(on_tick(kimg) or {}), **trainer.held_out(kimg, budget.spent(progress))}
                figures = {**speed, **figures, **more}
                log.write({"step": progress.step, "kimg": kimg, "seconds": round(progress.seconds, 2), **figures})
                ui.detail(f"after {kimg:,.1f} thousand items: " + ", ".join(f"{name} {value:.4g}" for name, value in figures.items()))
                observer.tick(_moment(budget, progress, figures))
                clock.begin_anew()
            # Save
            if interrupt.requested or time.monotonic() - last_save > config.checkpoint_seconds:
                try:
                    _save(trainer, folder, progress)
                except BelowBarError as error:  # weights are not finite, although the losses were
                    progress = _roll_back(trainer, folder, progress, error.what, ui)
                last_save = time.monotonic()
                interrupt.check(str(folder))
    return progress


def noted(figures: Mapping[str, float]) -> str:
    """The losses that fit beside a progress bar."""
    losses = [name for name in _LOSSES if name in figures]
    return " ".join(f"{name} {figures[name]:.3g}" for name in losses[:_NUM_NOTED])


def _moment(budget: Budget, progress: Progress, figures: Mapping[str, Any] | None = None) -> Moment:
    x = budget.items(progress) / 1000
    return Moment(progress.step, x, min(1.0, budget.spent(progress)), progress.seconds, figures or {})


def batches(seed: int, step: int, steps: int, count: int, batch_size: int) -> Array:
    """Record numbers `[steps, B]` of the steps starting at `step`; depends only on the arguments.

    Records follow one permutation per epoch, concatenated.
    """
    positions = np.arange(step * batch_size, (step + steps) * batch_size)
    found = np.empty(len(positions), dtype=np.int64)
    for epoch in np.unique(positions // count):
        here = positions // count == epoch
        found[here] = generator(seed, Purpose.GAN_ORDER, epoch).permutation(count)[positions[here] % count]
    return found.reshape(steps, batch_size)


def _trouble(figures: Mapping[str, float]) -> str:
    """Description of a divergence; empty if there is none."""
    for name, value in figures.items():
        if not math.isfinite(value) or (name in _LOSSES and abs(value) > _EXPLODED):
            return f"training diverged: {name} is {value:.4g}"
    return ""


def _roll_back(trainer: Trainer, folder: Path, progress: Progress, trouble: str, ui: Ui) -> Progress:
    """Restore the last checkpoint with half the learning rate, save it immediately, and drop later lines of the log."""
    if progress.rollbacks >= _MAX_ROLLBACKS:
        fix = "train again with a lower --learning-rate"
        raise BelowBarError(f"{trouble}, after {progress.rollbacks} rollbacks; the last good checkpoint is kept", str(folder), fix)
    last = _restore(trainer, folder, None) or Progress()
    last.rollbacks = progress.rollbacks + 1
    left = trainer.slow_down()
    ui.warn(f"{trouble}; rolling back from step {progress.step:,} to {last.step:,} with {left:g} times the learning rate")
    truncate_after(folder / LOG, last.step)
    _save(trainer, folder, last)
    return last


def _save(trainer: Trainer, folder: Path, progress: Progress) -> None:
    tensors = {f"{i:05d}": v.numpy() for i, v in enumerate(trainer.variables())}
    checkpoint.save(folder / FOLDER, tensors, asdict(progress))


def _restore(trainer: Trainer, folder: Path, ui: Ui | None) -> Progress | None:
    saved = checkpoint.load(folder / FOLDER)
    if saved is None:
        return None
    tensors, state = saved
    for i, variable in enumerate(trainer.variables()):
        variable.assign(tensors[f"{i:05d}"])
    progress = Progress(**state)
    if ui is not None:
        ui.info(f"resuming at step {progress.step:,} ({progress.seconds:.0f} s of training)")
    return progress
