"""Training in epochs with early stopping, checkpoints and signals; for all models but generators."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from mmcli.core.errors import BelowBarError
from mmcli.core.streams import Purpose, generator
from mmcli.core.ui import Ui
from mmcli.training import checkpoint
from mmcli.training.interrupt import Interrupt
from mmcli.training.metrics_log import MetricsLog
from mmcli.training.observer import NOBODY, Moment, Observer

Array = npt.NDArray[Any]
FOLDER = "checkpoint"


class EpochTrainer(Protocol):
    """Interface of trainers for `fit`."""

    def variables(self) -> list[Any]:
        """The complete state for resuming, in a fixed order."""
        ...

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """Train one epoch (from 0); returns metrics, including `loss`."""
        ...

    def validate(self) -> dict[str, float]:
        """Metrics on the validation split; `score` is maximised."""
        ...


def fit(
    trainer: EpochTrainer, *, epochs: int, patience: int, folder: Path, ui: Ui, label: str, observer: Observer = NOBODY
) -> dict[str, Any]:
    """Train until `epochs` or until the score has not improved for `patience` epochs; keep the best weights.

    On a signal the state is saved in `folder/checkpoint`, and the same call resumes from there. An observer is told of every epoch.

    Returns:
        The number of `epochs`, `best_epoch` and its `score`.

    Raises:
        BelowBarError: The loss became NaN or infinite.
        InterruptedRunError: A signal was received; the state is saved.
    """
    state: dict[str, Any] = {"epochs": 0, "best_epoch": 0, "score": float("-inf")}
    best: list[Any] = []
    restored = checkpoint.load(folder / FOLDER)
    if restored:
        tensors, state = restored
        count = len(trainer.variables())
        _assign(trainer, [tensors[f"now/{i:05d}"] for i in range(count)])
        best = [tensors[f"best/{i:05d}"] for i in range(count)]
        ui.info(f"resuming after epoch {state['epochs']}")
    log = MetricsLog(folder / "metrics.jsonl", key="epoch", after=state["epochs"])
    begun = time.monotonic()
    observer.begin(_moment(state, epochs, 0.0))
    with Interrupt() as interrupt, ui.progress(label, epochs, "epochs") as bar:
        while state["epochs"] < epochs and state["epochs"] - state["best_epoch"] < patience:
            figures = trainer.train_epoch(state["epochs"]) | trainer.validate()
            state["epochs"] += 1
            if not np.isfinite(figures["loss"]):
                raise BelowBarError("training diverged: the loss is not finite", str(folder), "use a lower --learning-rate")
            log.write({"epoch": state["epochs"], **figures})
            if figures["score"] >= state["score"]:
                state |= {"score": figures["score"], "best_epoch": state["epochs"]}
                best = [np.array(np.asarray(v)) for v in trainer.variables()]
            bar.advance_to(state["epochs"], f"loss {figures['loss']:.3g} score {figures['score']:.3g}")
            observer.tick(_moment(state, epochs, time.monotonic() - begun, figures))
            if interrupt.requested:
                tensors = {f"now/{i:05d}": np.asarray(v) for i, v in enumerate(trainer.variables())}
                tensors |= {f"best/{i:05d}": v for i, v in enumerate(best)}
                checkpoint.save(folder / FOLDER, tensors, state)
                interrupt.check(str(folder))
    _assign(trainer, best)
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
    return state


def _moment(state: dict[str, Any], epochs: int, seconds: float, figures: dict[str, float] | None = None) -> Moment:
    return Moment(state["epochs"], state["epochs"], state["epochs"] / epochs, seconds, figures or {}, x_name="epochs")


def _assign(trainer: EpochTrainer, values: list[Any]) -> None:
    for variable, value in zip(trainer.variables(), values, strict=True):
        variable.assign(value)


def epoch_order(seed: int, purpose: Purpose, epoch: int, count: int, batch_size: int) -> Array:
    """Record order of an epoch as batches `[steps, B]`; the remainder is dropped."""
    order = generator(seed, purpose, epoch).permutation(count)
    steps = max(1, count // batch_size)
    return order[: steps * batch_size].reshape(steps, -1)
