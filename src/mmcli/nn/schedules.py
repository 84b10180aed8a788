"""The course of the learning rate that encoders, fusion and pre-training share, by Keras; the optimizer counts its steps."""

from __future__ import annotations

from typing import Any

import keras

_SHARE, _LEAST_STEPS, _LARGEST_SHARE = 0.03, 100, 0.1


def warm_up_and_cosine(peak: float, num_steps: int, warm_up: int | None = None) -> Any:
    """A `LearningRateSchedule`: linearly to the peak, from its share of one step, then along a cosine to zero (Loshchilov, Hutter 2017).

    Args:
        peak: Largest learning rate.
        num_steps: Of the whole run.
        warm_up: Steps to the peak; by default 3 % of the run, 100 at least, a tenth of the run at most.
    """
    steps = round(min(max(_SHARE * num_steps, _LEAST_STEPS), _LARGEST_SHARE * num_steps)) if warm_up is None else warm_up
    steps = max(1, steps)
    return keras.optimizers.schedules.CosineDecay(peak / steps, max(1, num_steps - steps), warmup_target=peak, warmup_steps=steps)
