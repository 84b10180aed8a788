"""Fitting on train, rows in blocks, and going on after a stop."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from mmcli.core.errors import InputError
from mmcli.modalities.ingest import FitPlan
from mmcli.modalities.text.ingest import TextIngest
from mmcli.stages.registry import config_of

TEXTS = ["a cat sat", "a dog ran", None, "the cow", "a cat ran far away"]


def ingest_all(tmp_path, texts, train, **options):
    ingest = TextIngest(config_of("preprocess")(**options))
    ingest.open(tmp_path, None)
    for part in (texts[:2], texts[2:]):
        ingest.append(ingest.pack([None if text is None else ingest.decode(text) for text in part]))
    ingest.state()
    present = np.array([text is not None for text in texts])
    plan = FitPlan(present, np.array(train), tmp_path / "caption.npy", copies=options.get("augment", 0))
    return *ingest.finish(plan), np.load(tmp_path / "caption.npy")


def test_only_train_texts_make_the_vocabulary(tmp_path):
    codec, facts, rows = ingest_all(tmp_path, TEXTS, [True, True, True, False, False])
    assert codec.vocabulary == ("a", "cat", "dog", "ran", "sat")
    assert codec.length == 4
    assert not rows[2].any()
    assert codec.decode(rows[4]) == "a cat ran"
    assert facts["cut"] == 1
    assert facts["warning"] == "1 of 4 texts are longer than the longest train text, 3 tokens, and were truncated"
    assert facts["unknown_share"]["train"] == 0.0
    assert facts["unknown_share"]["held_out"] == pytest.approx(4 / 7, abs=1e-5)


def test_what_an_option_cuts_names_the_option(tmp_path):
    _, facts, _ = ingest_all(tmp_path, TEXTS, [True] * 5, max_tokens=3)
    assert facts["warning"] == "3 of 4 texts are longer than 2 tokens and were truncated; increase --max-tokens to keep more"


def test_rare_tokens_are_unknown(tmp_path):
    codec, _, _ = ingest_all(tmp_path, TEXTS, [True] * 5, min_count=2)
    assert codec.vocabulary == ("a", "cat", "ran")


def test_copies_follow_in_the_order_of_train(tmp_path):
    _, _, rows = ingest_all(tmp_path, TEXTS, [True, True, True, False, False], augment=2)
    assert (rows[5:8] == rows[:3]).all()
    assert (rows[8:] == rows[:3]).all()


def test_one_word_is_no_vocabulary(tmp_path):
    with pytest.raises(InputError, match="vocabulary of the train split is too small"):
        ingest_all(tmp_path, ["same", "same", "same"], [True] * 3)


@pytest.mark.parametrize("tokenizer", ["bpe", "wordpiece", "char"])
def test_rows_decode_to_the_texts(tmp_path, tokenizer):
    codec, _, rows = ingest_all(tmp_path, TEXTS, [True] * 5, tokenizer=tokenizer, vocabulary_size=60)
    assert [codec.decode(row) for row in rows] == [text or "" for text in TEXTS]


def test_a_stopped_run_goes_on(tmp_path):
    options = config_of("preprocess")()
    first = TextIngest(options)
    first.open(tmp_path, None)
    first.append(first.pack([first.decode("a cat")]))
    state = first.state()
    first.append(first.pack([first.decode("lost words")]))
    first.state()
    second = TextIngest(dataclasses.replace(options))
    second.open(tmp_path, state)
    second.append(second.pack([second.decode("a dog")]))
    second.state()
    codec, _ = second.finish(FitPlan(np.ones(2, bool), np.ones(2, bool), tmp_path / "f.npy"))
    assert codec.vocabulary == ("a", "cat", "dog")
    assert [codec.decode(row) for row in np.load(tmp_path / "f.npy")] == ["a cat", "a dog"]


def test_the_true_number_of_tokens_is_kept(tmp_path):
    ingest = TextIngest(config_of("preprocess")(max_tokens=3))
    ingest.open(tmp_path, None)
    ingest.append(ingest.pack([None if text is None else ingest.decode(text) for text in TEXTS]))
    ingest.state()
    present = np.array([text is not None for text in TEXTS])
    codec, _ = ingest.finish(FitPlan(present, np.ones(5, bool), tmp_path / "caption.npy"))
    assert ingest.fitted_columns() == {"tokens": [3, 3, None, 2, 5], "cut": [1, 1, None, 0, 3]}
    sequences = codec.sequences_of(codec.open_rows(tmp_path / "caption.npy"))
    assert sequences.lengths.tolist() == [3, 3, 0, 3, 3]  # the end of the text is one of them
