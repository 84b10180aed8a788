"""Rows of ids and back, and what the codec says of itself."""

from __future__ import annotations

import json
from collections import Counter

import numpy as np
import pytest

from mmcli.core.token_ids import END, UNKNOWN
from mmcli.modalities import codec_from_json
from mmcli.modalities.text.codec import TextCodec
from mmcli.modalities.text.rules import TextRules
from mmcli.modalities.text.subwords import learn, splitter


@pytest.fixture
def codec() -> TextCodec:
    return TextCodec(("cat", "dog", "a", "."), 6)


def test_a_row_is_ids_then_end_then_padding(codec):
    assert codec.read("A cat.").tolist() == [6, 4, 7, END, 0, 0]
    assert codec.read("A cow.").tolist() == [6, UNKNOWN, 7, END, 0, 0]
    assert codec.read("a a a a a a a").tolist() == [6, 6, 6, 6, 6, END]


def test_a_row_becomes_a_sentence(codec):
    assert codec.decode(codec.read("A cat.")) == "a cat."
    assert codec.decode(np.array([2, 6, 1, 99, END, 4])) == "a \ufffd \ufffd"


def test_state_survives_json(codec):
    again = codec_from_json(json.loads(json.dumps(codec.to_json())))
    assert again == codec
    assert again.describe()["vocabulary"] == 8


def test_files_are_written_and_read(codec, tmp_path):
    path = codec.write(codec.read("a dog."), tmp_path / "x")
    assert path.read_text() == "a dog.\n"
    assert (codec.read(path) == codec.read("a dog.")).all()


@pytest.mark.parametrize("name", ["bpe", "wordpiece"])
def test_subwords_spell_unseen_words(name):
    counts = {"▁low": 50, "▁lower": 20, "▁newest": 30, "▁widest": 20, "▁new": 10, "▁dog": 3, "▁wine": 3}
    vocabulary, merges = learn(name, counts, 60)
    cut = splitter(name, vocabulary, merges)
    assert len(cut("▁lowest")) < len("▁lowest")
    codec = TextCodec(tuple(vocabulary), 12, TextRules(tokenizer=name), tuple(merges))
    assert codec.decode(codec.read("lowest newer")) == "lowest newer"
    assert codec_from_json(json.loads(json.dumps(codec.to_json()))).decode(codec.read("lowest")) == "lowest"


def test_the_sheet_is_a_image(codec):
    assert codec.sheet(np.stack([codec.read("a cat.")] * 3), ["x", "y", "z"]).shape[2] == 3


@pytest.mark.parametrize("tokenizer", ["char", "bpe", "wordpiece"])
def test_every_text_of_small_pieces_comes_back_exactly(tokenizer):
    texts = ["I can't, @bob: see https://a.example/b?c=d (now) ;-) 3.14", "naïve “quotes” -- 100% sure... (really) #fun ##two"]
    rules = TextRules(tokenizer=tokenizer, lowercase=False)
    counts = Counter(word for text in texts for word in rules.tokens(text))
    vocabulary, merges = learn(tokenizer, counts, 500) if tokenizer != "char" else (sorted(counts), [])
    made = TextCodec(tuple(vocabulary), 100, rules, tuple(merges))
    for text in texts:
        assert made.decode(made.read(text)) == text
