"""What records are conditioned on: which given fields a step uses, and what is made and kept of them."""

import numpy as np
import pytest

from mmcli.conditioning import memo as memos
from mmcli.conditioning.context import Context
from mmcli.conditioning.memo import ContextMemo

pytestmark = pytest.mark.tf  # what makes contexts is imported with the networks
PRESENT = np.array([[True, True]] * 100 + [[True, False]] * 50 + [[False, False]] * 50)


@pytest.fixture
def given(some_given):
    return some_given(200, 2, 6, num_tokens=1, present=PRESENT)


def draw(given, step=0, dropout=0.3, unconditional=0.0):
    return given.drawn(7, step, np.arange(200), dropout, unconditional)


def test_a_record_is_conditioned_on_fields_that_it_has_and_never_on_none_of_them(given):
    visible = draw(given, dropout=0.9)
    assert {tuple(row) for row in visible[:100].tolist()} == {(True, False), (False, True), (True, True)}
    assert {tuple(row) for row in visible[100:150].tolist()} == {(True, False)}
    assert not visible[150:].any()


def test_dropping_follows_its_rate_and_depends_on_seed_and_step_alone(given):
    many = np.concatenate([draw(given, step)[:100] for step in range(100)])
    assert many.all(1).mean() == pytest.approx(0.7**2 + 0.3**2, abs=0.02)
    np.testing.assert_array_equal(draw(given, 5), draw(given, 5))
    assert (draw(given, 5) != draw(given, 6)).any()


def test_some_records_are_used_without_any_condition(given):
    share = np.mean([(~draw(given, step, unconditional=0.25)[:100].any(1)).mean() for step in range(50)])
    assert share == pytest.approx(0.25, abs=0.03)


def test_it_knows_whether_records_have_contexts_of_their_own(given, some_given):
    assert given.distinct_fraction(0) > 0.6  # random vectors; the records without a field share the zero one
    assert some_given(50, 1, 4, same=True).distinct_fraction(0) == 0.0
    assert some_given(50, 0, 4).distinct_fraction(0) == 0.0


def test_the_contexts_of_steps_are_those_of_their_records_and_visible_fields(given):
    rows = np.array([[0, 120, 199], [120, 3, 0]])
    context = given.draw(7, 4, rows, 0.3, 0.1)
    assert (context.vector.shape, context.tokens.shape, context.mask.shape) == ((2, 3, 6), (2, 3, 1, 6), (2, 3, 1))
    visible = np.stack([given.drawn(7, 4 + i, rows[i], 0.3, 0.1) for i in range(2)])
    for place in np.ndindex(2, 3):
        alone = given.contexts(rows[place][None], visible[place][None])
        np.testing.assert_array_equal(context.rows()[place], alone.rows()[0])
    assert not context.vector[0, 2].any()
    assert not context.mask[0, 2].any()


def test_what_was_made_is_not_made_again_and_what_was_forgotten_has_the_same_bits(given, monkeypatch):
    rows, visible = np.tile(np.arange(100), 2), np.repeat(np.array([[True, True], [True, False]]), 100, 0)
    first = given.contexts(rows, visible).rows()
    assert given._conditioner.made == 200
    np.testing.assert_array_equal(given.contexts(rows, visible).rows(), first)
    assert given._conditioner.made == 200
    forgetful = given.of(np.arange(200))
    monkeypatch.setattr("mmcli.conditioning.given.ContextMemo", lambda *sizes: ContextMemo(*sizes, most_bytes=100))
    for _ in range(2):
        np.testing.assert_array_equal(forgetful.contexts(rows, visible).rows(), first)
    assert given._conditioner.made > 400


def test_memory_grows_with_records_and_fields_and_not_with_subsets(some_given):
    """Bytes of arrays that are there, of ten times the records and of twice the fields."""

    def held(count: int, num_fields: int) -> tuple[int, int]:
        made = some_given(count, num_fields, 16)
        tokens = sum(source._tokens.nbytes for source in made._tokens.values())
        made.draw(0, 0, np.arange(count)[None], 0.5, 0.0)
        return tokens + made.present.nbytes, made._memo._rows.nbytes

    (small, _), (more_records, _), (more_fields, memo) = held(100, 4), held(1000, 4), held(100, 40)
    assert more_records == 10 * small
    assert more_fields == 10 * small
    assert memo <= memos._BYTES


def test_any_number_of_given_fields_can_be_told_apart(some_given):
    given = some_given(20, 64, 4)
    rng = np.random.default_rng(1)
    visible = rng.random((200, 64)) < 0.5
    rows = rng.integers(20, size=200)
    once = given.contexts(rows, visible).rows()
    np.testing.assert_array_equal(given.contexts(rows, visible).rows(), once)
    assert len({row.tobytes() for row in once}) == 200


def test_rows_join_vector_and_tokens_and_come_apart_again():
    context = Context(np.ones((2, 3)), np.zeros((2, 4, 3)), np.ones((2, 4), bool))
    rows = context.rows()
    assert (rows.shape, rows.dtype) == ((2, 15), np.float16)
    assert rows[:, :3].all()
    assert not rows[:, 3:].any()
    again = Context.from_rows(rows, 3)
    assert again.tokens.shape == (2, 4, 3)
    assert again.mask.all()


def test_records_of_another_split_share_the_tokens(given):
    other = given.of(np.array([5, 160]))
    np.testing.assert_array_equal(other.full(np.array([0]))[0], given.full(np.array([5]))[0])
    assert other.present.tolist() == [[True, True], [False, False]]
