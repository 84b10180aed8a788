"""Reading a sound off its states: the most probable letters, with and without a language model."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from mmcli.generators.sequence.hearing import Fusion, best_spelling
from mmcli.metrics.unpaired.language_model import learn

STATES, LETTERS = 5, 3  # and the blank
SOUNDS = np.arange(LETTERS + 1)


def _collapsed(path: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(letter for letter, _ in itertools.groupby(path) if letter)


def _totals(chances: np.ndarray) -> dict[tuple[int, ...], float]:
    """Probability of every spelling, from all paths."""
    totals: dict[tuple[int, ...], float] = {}
    for path in itertools.product(range(LETTERS + 1), repeat=STATES):
        spelling = _collapsed(path)
        totals[spelling] = totals.get(spelling, 0.0) + float(np.exp(sum(chances[i, letter] for i, letter in enumerate(path))))
    return totals


@pytest.mark.parametrize("seed", range(8))
def test_a_wide_beam_finds_the_best_of_all_spellings(seed: int) -> None:
    logits = 2 * np.random.default_rng(seed).standard_normal((STATES, LETTERS + 1))
    chances = logits - np.log(np.exp(logits).sum(1, keepdims=True))
    totals = _totals(chances)
    assert tuple(best_spelling(chances, 1000, SOUNDS)) == max(totals, key=lambda one: totals[one])

    model = learn([[1, 2, 1], [1, 2, 3]], LETTERS + 1, 2)
    fusion = Fusion(model, 0.7, 0.3)

    def fused(spelling: tuple[int, ...]) -> float:
        own = sum(fusion.gain(spelling[:i], letter) for i, letter in enumerate((*spelling, -1)))
        return float(np.log(totals[spelling]) + own)

    assert tuple(best_spelling(chances, 1000, SOUNDS, fusion)) == max(totals, key=fused)


def test_a_language_model_decides_between_letters_that_sound_alike() -> None:
    chances = np.full((3, 4), -6.0)
    chances[0, 1] = chances[1, 0] = np.log(0.9)
    chances[2, 2], chances[2, 3] = np.log(0.5), np.log(0.45)
    model = learn([[1, 3]] * 20, 4, 3)
    assert best_spelling(chances, 8, SOUNDS).tolist() == [1, 2]
    assert best_spelling(chances, 8, SOUNDS, Fusion(model, 1.0, 0.0)).tolist() == [1, 3]


def test_silence_has_no_letters() -> None:
    assert best_spelling(np.log(np.array([[0.97, 0.01, 0.01, 0.01]] * 4)), 4, SOUNDS).tolist() == []


def test_the_language_model_chooses_among_letters_that_sound_the_same() -> None:
    """Letter 3 is the capital of 1, which begins every text; a capital and its small letter in turn need a blank between them."""
    sounds = np.array([0, 1, 2, 1])
    loud = np.log(0.97)
    chances = np.full((5, 4), np.log(0.01))
    for state, sound in enumerate([1, 2, 1, 0, 1]):
        chances[state, sound] = loud
    model = learn([[3, 2, 1, 1]] * 20, 4, 3)
    assert best_spelling(chances, 8, sounds).tolist() == [1, 2, 1, 1]
    assert best_spelling(chances, 8, sounds, Fusion(model, 0.5, 0.5)).tolist() == [3, 2, 1, 1]
