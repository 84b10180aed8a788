"""Ranking the own condition among others."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.metrics.paired.obedience import OTHERS, others_of, ranked

EYE = np.eye(12)


def test_own_conditions_win() -> None:
    own = np.arange(12)
    others = others_of(own, np.full(12, -1), own, np.random.default_rng(0))
    assert others is not None
    assert others.shape == (12, 11)
    found = ranked(EYE, own, EYE, others)
    assert found.r1.tolist() == [1.0] * 12
    assert found.rank.tolist() == [1.0] * 12


def test_conditions_of_others_lose() -> None:
    own = np.arange(12)
    others = others_of(own, np.full(12, -1), own, np.random.default_rng(0))
    assert others is not None
    found = ranked(np.roll(EYE, 1, axis=0), own, EYE, others)
    # One rival is better, the other ten tie with the own one.
    assert found.r1.tolist() == [0.0] * 12
    assert found.r10 == pytest.approx([9 / 11] * 12)
    assert found.rank == pytest.approx([1 + 12 / 2] * 12)


def test_a_constant_is_at_chance() -> None:
    own = np.arange(12)
    others = others_of(own, np.full(12, -1), own, np.random.default_rng(0))
    assert others is not None
    assert ranked(np.ones((12, 12)), own, EYE, others).r1 == pytest.approx([1 / 12] * 12)


def test_records_of_one_group_are_no_rivals() -> None:
    groups = np.array([0] * 5 + [-1] * 20)
    others = others_of(np.array([0, 7]), groups, np.arange(25), np.random.default_rng(0))
    assert others is not None
    assert not set(others[0]) & set(range(5))
    assert 7 not in others[1]


def test_too_few_rivals_tell_nothing() -> None:
    assert others_of(np.array([0]), np.full(8, -1), np.arange(8), np.random.default_rng(0)) is None


def test_there_are_at_most_99_rivals() -> None:
    others = others_of(np.array([3]), np.full(500, -1), np.arange(500), np.random.default_rng(0))
    assert others is not None
    assert others.shape == (1, OTHERS)
    assert len(set(others[0])) == OTHERS
