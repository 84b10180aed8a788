"""The learning rate rises linearly to its peak and falls along a cosine to zero."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytestmark = pytest.mark.tf


@pytest.mark.parametrize(("num_steps", "warm_up"), [(600, 60), (2000, 100), (20_000, 600)])
def test_the_warm_up_is_three_hundredths_of_the_run_within_its_bounds(num_steps: int, warm_up: int) -> None:
    from mmcli.nn.schedules import warm_up_and_cosine

    rates = np.array([float(warm_up_and_cosine(2e-3, num_steps)(step)) for step in range(0, num_steps + 1, num_steps // 100)])
    steps = np.arange(0, num_steps + 1, num_steps // 100)
    rising = 2e-3 * (steps + 1 - steps / warm_up) / warm_up
    falling = 1e-3 * (1 + np.cos(math.pi * (steps - warm_up) / (num_steps - warm_up)))
    np.testing.assert_allclose(rates, np.where(steps < warm_up, rising, falling), rtol=1e-5, atol=1e-9)
    assert rates[0] == pytest.approx(2e-3 / warm_up)
    assert rates.max() == pytest.approx(2e-3)
    assert rates[-1] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("num_steps", [0, 1, 3])
def test_runs_of_few_steps_have_a_rate_too(num_steps: int) -> None:
    from mmcli.nn.schedules import warm_up_and_cosine

    assert float(warm_up_and_cosine(2e-3, num_steps)(0)) == pytest.approx(2e-3)
    assert float(warm_up_and_cosine(2e-3, num_steps, warm_up=0)(0)) == pytest.approx(2e-3)


def test_the_optimizer_counts_its_steps_and_a_resumed_one_goes_on() -> None:
    import keras

    from mmcli.nn.schedules import warm_up_and_cosine

    def optimizer_of(weight: keras.Variable) -> keras.Optimizer:
        made = keras.optimizers.AdamW(warm_up_and_cosine(1.0, 20, warm_up=4))
        made.build([weight])
        return made

    weight = keras.Variable(1.0)
    first, second = optimizer_of(weight), optimizer_of(keras.Variable(1.0))
    rates = []
    for _ in range(6):
        rates.append(float(first.learning_rate))
        first.apply([keras.ops.ones(())], [weight])
    assert rates == pytest.approx([0.25, 0.4375, 0.625, 0.8125, 1.0, 0.5 * (1 + math.cos(math.pi / 16))], rel=1e-5)
    for target, value in zip(second.variables, first.variables, strict=True):
        target.assign(value)
    assert float(second.learning_rate) == float(first.learning_rate)
