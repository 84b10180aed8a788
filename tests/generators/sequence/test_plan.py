"""Batches of training: a function of the step, every record once per epoch, little padding."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.generators.sequence.plan import BatchPlan

LENGTHS = np.random.default_rng(0).integers(3, 60, (2, 3000))


def plan(rows: int = 32) -> BatchPlan:
    return BatchPlan(7, LENGTHS[0], LENGTHS[1], rows)


def epoch(found: BatchPlan, first: int, count: int = 3000) -> list[np.ndarray]:
    batches, step = [], first
    while sum(map(len, batches)) < count:
        batches.append(found.batch(step))
        step += 1
    return batches


def test_an_epoch_has_every_record_once_and_the_next_another_order() -> None:
    found = plan()
    first = epoch(found, 0)
    second = epoch(found, len(first))
    for batches in (first, second):
        assert sorted(np.concatenate(batches)) == list(range(3000))
    assert not np.array_equal(np.concatenate(first), np.concatenate(second))


def test_a_step_has_the_same_batch_whatever_was_asked_before() -> None:
    found, fresh = plan(), plan()
    later = [found.batch(step) for step in range(250)]
    np.testing.assert_array_equal(fresh.batch(249), later[249])
    np.testing.assert_array_equal(found.batch(3), later[3])


def test_batches_hold_about_as_many_tokens_and_little_padding() -> None:
    found = plan()
    batches = epoch(found, 0)
    longest = [max(LENGTHS[:, batch].max(), 1) for batch in batches]
    padded = [len(batch) * most for batch, most in zip(batches, longest, strict=True)]
    assert max(padded) <= found.tokens
    targets = sum(LENGTHS[1, batch].max() * len(batch) for batch in batches)
    assert LENGTHS[1].sum() / targets > 0.9
    assert np.mean([len(batch) for batch in batches]) == pytest.approx(32, rel=0.15)


def test_a_text_longer_than_a_batch_is_a_batch_of_its_own() -> None:
    lengths = np.array([2, 2, 500])
    found = BatchPlan(0, lengths, lengths, 2)
    assert sorted(map(len, epoch(found, 0, 3))) == [1, 2]
