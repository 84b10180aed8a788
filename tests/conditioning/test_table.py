"""Conditions per record and subset of the given fields, and which subset a step uses."""

import numpy as np
import pytest

from mmcli.conditioning.table import ConditionTable, flat_condition

FULL = 3


@pytest.fixture
def table():
    values = np.random.default_rng(0).normal(size=(200, 4, 6)).astype(np.float16)
    return ConditionTable(values, np.array([FULL] * 100 + [1] * 50 + [0] * 50))


def draw(table, step=0, dropout=0.3, unconditional=0.0):
    return table.draw(7, step, np.arange(200), dropout, unconditional)


def test_a_record_is_conditioned_on_fields_that_it_has_and_never_on_none_of_them(table):
    chosen = draw(table, dropout=0.9)
    assert set(chosen[:100]) == {1, 2, 3}
    assert set(chosen[100:150]) == {1}
    assert set(chosen[150:]) == {0}


def test_dropping_follows_its_rate_and_depends_on_seed_and_step_alone(table):
    many = np.concatenate([draw(table, step)[:100] for step in range(100)])
    assert (many == FULL).mean() == pytest.approx(0.7**2 + 0.3**2, abs=0.02)
    np.testing.assert_array_equal(draw(table, 5), draw(table, 5))
    assert (draw(table, 5) != draw(table, 6)).any()


def test_some_records_are_used_without_any_condition(table):
    share = np.mean([(draw(table, step, unconditional=0.25)[:100] == 0).mean() for step in range(50)])
    assert share == pytest.approx(0.25, abs=0.03)


def test_it_knows_whether_records_have_conditions_of_their_own(table):
    assert table.distinct_share(0) > 0.6  # random vectors; the records without a field share the zero one
    alike = ConditionTable(np.ones((50, 2, 4), np.float16), np.ones(50, dtype=np.int64))
    assert alike.distinct_share(0) == 0.0


def test_the_flat_condition_joins_vector_and_latents():
    flat = flat_condition(np.ones((2, 3)), np.zeros((2, 4, 3)))
    assert flat.shape == (2, 15)
    assert flat[:, :3].all()
    assert not flat[:, 3:].any()
