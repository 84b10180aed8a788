"""Cosines from the first figure to the last."""

import pytest

from mmcli.generators.gan.schedule import schedule_of


def test_gamma_stays_for_compact_images():
    assert schedule_of("compact", [32, 32, 1]).at(1.0, 1e5, 64, 0.998).gamma == 1.0


def test_rate_and_gamma_fall_from_all_to_their_end():
    schedule = schedule_of("compact", [64, 32])
    first, last = schedule.at(0.0, 1e5, 64, 0.998), schedule.at(1.0, 1e5, 64, 0.998)
    assert (first.rate, first.gamma, first.ema_decay) == (1.0, 1.0, 0.998)
    assert (last.rate, last.gamma, last.ema_decay) == pytest.approx((0.05, 0.1, 0.998))


def test_the_published_schedule_ends_where_the_paper_says():
    schedule = schedule_of("r3gan", [64, 64, 3])
    first, last = schedule.at(0.0, 20e6, 256, 0.998), schedule.at(1.0, 20e6, 256, 0.998)
    assert (first.beta_2, last.beta_2) == (0.9, 0.99)
    assert first.ema_decay == 0.0
    assert last.ema_decay == pytest.approx(0.5 ** (256 / 0.5e6))
    assert (2e-4 * last.rate, 2.0 * last.gamma) == pytest.approx((5e-5, 0.2))


def test_a_shorter_run_has_a_shorter_memory():
    schedule = schedule_of("r3gan", [64, 64, 3])
    assert schedule.at(1.0, 2e5, 64, 0.998).ema_decay < schedule.at(1.0, 20e6, 64, 0.998).ema_decay
