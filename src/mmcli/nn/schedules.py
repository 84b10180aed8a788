"""The Keras learning rate schedule of encoders, fusion and pretraining."""

from __future__ import annotations

from typing import Any

import keras

_FRACTION, _LEAST_STEPS, _LARGEST_FRACTION = 0.03, 100, 0.1


def warm_up_and_cosine(peak: float, num_steps: int, warm_up: int | None = None) -> Any:
    """A `LearningRateSchedule`: linear warm-up to the peak, then cosine decay to zero (Loshchilov, Hutter 2017).

    Args:
        peak: Maximum learning rate.
        num_steps: Number of steps of the run.
        warm_up: Number of warm-up steps; by default 3 % of the run, at least 100, at most 10 % of the run.
    """
    steps = round(min(max(_FRACTION * num_steps, _LEAST_STEPS), _LARGEST_FRACTION * num_steps)) if warm_up is None else warm_up
    steps = max(1, steps)
    return keras.optimizers.schedules.CosineDecay(peak / steps, max(1, num_steps - steps), warmup_target=peak, warmup_steps=steps)
