"""Actions at every tick of the training: samples, and scores by a judge network."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mmcli.core.streams import Purpose, generator
from mmcli.core.ui import Ui
from mmcli.generators.base import TrainingData
from mmcli.generators.options import GeneratorConfig
from mmcli.metrics.unpaired.kid import kernel_distance
from mmcli.modalities.base import Codec
from mmcli.nn import runtime
from mmcli.stages.train_gan.grid import GridWriter

if TYPE_CHECKING:
    from mmcli.training.trainer import Trainer

Array = npt.NDArray[Any]
Labels = list[str | None]
_SEED = 1  # the judge of `evaluate` has 0: model selection and evaluation must use different judges
_JUDGE_STEPS = 400
_LEAST_ITEMS = 16
_LEAST_HELD_OUT = 64
_FIRST_SEED = 1_000_000  # of the scored items, distinct from those of the grid


class Ticks:
    """Calls the grid writer and the watcher; returns the watcher's scores.

    Args:
        trainer: The GAN.
        grid: Writes sample grids.
        watcher: Makes what scores a fixed sample, at the first tick: the first samples do not wait for its judge.
    """

    def __init__(self, trainer: Trainer, grid: GridWriter, watcher: Callable[[], Watcher | None]) -> None:
        self._trainer, self._grid, self._make_watcher = trainer, grid, watcher

    @cached_property
    def _watcher(self) -> Watcher | None:
        return self._make_watcher()

    def __call__(self, kimg: float) -> dict[str, float]:
        self._grid.tick(kimg)
        if self._watcher is None:
            return {}
        figures = self._watcher.score(self._trainer)
        if self._trainer.best is not None:
            self._trainer.best.offer(figures["kid"], kimg)
        return figures


class Watcher:
    """Scores a fixed sample against fixed real items, by the features of its own small judge.

    Args:
        codec: Codec of the target field.
        train: Rows of the train split, with their labels as texts or `None`.
        reference: Real rows to compare with, held out if there are enough.
        conditions: Conditions `[n, D]` of the reference's records.
        labels: Their labels.
        ui: Shows progress.
    """

    def __init__(self, codec: Codec, train: tuple[Array, Labels], reference: Array, conditions: Array, labels: Labels, ui: Ui) -> None:
        from mmcli.modalities import judges
        from mmcli.training import judge

        rows, names = train[0], judge.classes_of(train[1])
        runtime.reseed(_SEED)
        numbers = {name: i for i, name in enumerate(names)}
        kept = np.flatnonzero([label in numbers for label in train[1]]) if names else np.arange(len(rows))
        kept = generator(_SEED, Purpose.WATCH_JUDGE_ITEMS).permutation(kept)[: judge.BATCH * _JUDGE_STEPS]
        known = np.array([numbers.get(train[1][i] or "", -1) for i in kept])
        ui.info("training the judge that scores checkpoints ...")
        # Without a bar of its own, since it is trained inside the generator's.
        self._judge = judges.train(codec, names, rows[kept], known, _SEED, Ui(silent=True), most=_JUDGE_STEPS)
        self._reference = self._judge.read(codec.to_network(reference))[0]
        self._conditions, self._codec = conditions, codec
        self._labels = np.array([numbers.get(label or "", -1) for label in labels])

    def score(self, trainer: Trainer) -> dict[str, float]:
        """KID, and the fraction of items classified as the label of their condition."""
        items = trainer.sample(self._conditions, list(range(_FIRST_SEED, _FIRST_SEED + len(self._conditions))))
        # As written to files, with their rounding.
        features, probabilities, _ = self._judge.read(self._codec.to_network(self._codec.from_network(items)))
        figures = {"kid": round(kernel_distance(features, self._reference), 6)}
        known = self._labels >= 0
        if self._judge.classes and known.any():
            figures["condition_accuracy"] = round(float((probabilities[known].argmax(1) == self._labels[known]).mean()), 4)
        return figures


def watcher_of(real: TrainingData, labels: Labels, held_out_labels: Labels, config: GeneratorConfig, ui: Ui) -> Watcher | None:
    """Use held-out items as the reference if there are enough, otherwise train items; `None` with too few items.

    Args:
        real: Real items.
        labels: Labels of its train records.
        held_out_labels: Labels of its held-out records.
        config: Options.
        ui: Shows progress.
    """
    if not config.eval_items or len(real.rows) < _LEAST_ITEMS:
        return None
    if len(real.held_out) >= _LEAST_HELD_OUT:
        rows, given, known = real.held_out_rows, real.held_out, held_out_labels
        chosen = np.arange(len(rows))[: config.eval_items]
    else:
        rows, given, known = real.rows, real.given, labels
        chosen = generator(config.seed, Purpose.WATCH_ITEMS).permutation(len(rows))[: config.eval_items]
    return Watcher(real.codec, (real.rows, labels), rows[chosen], given.full(chosen), [known[i] for i in chosen], ui)
