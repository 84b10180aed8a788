"""Texts to tokens under every option, and back to sentences."""

from __future__ import annotations

import pytest

from mmcli.modalities.text.rules import TextRules
from mmcli.modalities.text.tokens import join, stop_words

TEXT = "Mr. Smith can't see the cats. They are running!"


def test_words_are_nltks_sentence_by_sentence():
    assert TextRules(lowercase=False).tokens(TEXT) == [
        "Mr.",
        "Smith",
        "ca",
        "n't",
        "see",
        "the",
        "cats",
        ".",
        "They",
        "are",
        "running",
        "!",
    ]


def test_without_sentences_inner_periods_stay():
    assert "cats." in TextRules(sentences=False).tokens(TEXT)


@pytest.mark.parametrize("name", ["word", "treebank", "tweet", "char", "bpe", "wordpiece"])
def test_every_tokenizer_cuts_and_joins(name):
    rules = TextRules(tokenizer=name, lowercase=False, sentences=False)
    assert join(rules.tokens("a cat sat."), name) == "a cat sat."


def test_stop_words_and_stems():
    assert TextRules(stop_words=True).tokens("The cats are running") == ["cats", "running"]
    assert TextRules(stem=True).tokens("The cats are running") == ["the", "cat", "are", "run"]
    assert TextRules(stem=True, language="de").tokens("Die Katzen laufen") == ["die", "katz", "lauf"]


def test_there_are_stop_words_for_fifty_languages():
    from stopwordsiso import langs

    assert sum(bool(stop_words(code)) for code in langs()) >= 50
    assert stop_words("xx") == frozenset()


def test_parts_of_speech():
    tokens, tags = TextRules(pos=True).tokens_and_tags("The dog quickly ate two bones.")
    assert list(zip(tokens, tags, strict=True)) == [
        ("the", "DET"), ("dog", "NOUN"), ("quickly", "ADV"), ("ate", "VERB"), ("two", "NUM"), ("bones", "NOUN"), (".", "."),
    ]  # fmt: skip
    assert TextRules(keep_pos=("NOUN",)).tokens("The dog ate two bones.") == ["dog", "bones"]


def test_the_tagger_is_recorded():
    used = TextRules(pos=True, stop_words=True, stem=True).tools()
    assert "PatternTagger" in used["tagger"] or "perceptron" in used["tagger"]
    assert used["stop_words"].startswith("stopwordsiso ")
    assert used["stemmer"].endswith("snowball english")
    assert list(TextRules().tools()) == ["tokenizer_version"]


@pytest.mark.parametrize("text", ["我喜欢猫。", "ねこがすき", "แมวน่ารัก"])
def test_scripts_without_blanks_are_cut_into_letters_and_joined(text):
    tokens = TextRules().tokens(text)
    assert len(tokens) > 3
    assert join(tokens, "word") == text


def test_chinese_words():
    pytest.importorskip("jieba")
    assert TextRules(tokenizer="jieba").tokens("我来到北京清华大学") == ["我", "来到", "北京", "清华大学"]


def test_quotes_and_brackets_are_put_back():
    text = 'he said "go" (now), it\'s $5.'
    assert join(TextRules().tokens(text), "word") == text


def test_personal_data_is_replaced():
    rules = TextRules(redact=("email", "card", "iban", "ssn", "phone"))
    text = "Mail ann@example.org, card 4111 1111 1111 1111, GB82 WEST 1234 5698 7654 32, SSN 123-45-6789, +44 20 7946 0958."
    cleaned = rules.clean(text)
    assert cleaned == "Mail [email], card [card], [iban], SSN [ssn], [phone]."
    assert rules.clean("in 1999 we sold 1234567890123456 of them") == "in 1999 we sold 1234567890123456 of them"
