"""Sentences of the keypad data set are read back, tokenised or not."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.data.datasets.keypad import sentences
from mmcli.data.datasets.keypad.sentences import make_sentence, read_sentence


@pytest.mark.parametrize("digit", range(10))
def test_every_sentence_names_its_digit(digit: int) -> None:
    rng = np.random.default_rng(digit)
    made = [make_sentence(digit, rng) for _ in range(300)]
    assert {read_sentence(text) for text in made} == {(digit, True)}


def test_every_template_with_every_slot_word_parses() -> None:
    for template in sentences.TEMPLATES:
        for slot, words in sentences.SLOTS.items():
            for word in words:
                slots = {name: choices[0] for name, choices in sentences.SLOTS.items()} | {slot: word}
                assert read_sentence(template.format(digit="four", **slots)) == (4, True)


def test_text_tokenised_by_nltk_reads_the_same() -> None:
    from nltk.tokenize import NLTKWordTokenizer

    tokenizer = NLTKWordTokenizer()
    rng = np.random.default_rng(0)
    for digit in range(10):
        text = make_sentence(digit, rng).lower()
        assert read_sentence(" ".join(tokenizer.tokenize(text))) == (digit, True)
    assert read_sentence("the neat figure is two , is n't it ?") == (2, True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", (None, False)),
        ("hello there", (None, False)),
        ("two three", (None, False)),
        ("two, then two", (2, False)),
        ("this is the digit", (None, False)),
        ("this is the digit five five", (5, False)),
        ("someone left", (None, False)),
    ],
)
def test_other_text_does_not_parse(text: str, expected: tuple[int | None, bool]) -> None:
    assert read_sentence(text) == expected


def test_slots_make_many_different_sentences() -> None:
    rng = np.random.default_rng(0)
    made = [make_sentence(int(rng.integers(10)), rng) for _ in range(1797)]
    assert len(set(made)) > 500
