"""Byte-level BPE: lossless, nothing unknown."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcli.core.errors import UsageError
from mmcli.core.token_ids import END, UNKNOWN
from mmcli.modalities.text import byte_pairs
from mmcli.modalities.text.codec import TextCodec
from mmcli.modalities.text.generation import shared_codecs
from mmcli.modalities.text.rules import TextRules
from mmcli.modalities.text.subwords import learn

TEXTS = ["Ein Mann, der läuft.", "Ein Mann schläft!", "Größe ist\nnicht alles.", "Ein Hund läuft."]


def codec() -> TextCodec:
    rules = TextRules(tokenizer=byte_pairs.NAME, lowercase=False)
    vocabulary, merges = learn(byte_pairs.NAME, Counter(word for text in TEXTS for word in rules.tokens(text)), 290)
    return TextCodec(tuple(vocabulary), 400, rules, tuple(merges))


def test_each_byte_has_a_printable_letter_of_its_own() -> None:
    letters = byte_pairs.letters()
    assert len(set(letters)) == 256
    assert letters[ord("A")] == "A"
    assert letters[ord(" ")] == "Ġ"
    assert not any(letter.isspace() for letter in letters)


def test_words_keep_the_space_before_them_and_punctuation_is_apart() -> None:
    assert byte_pairs.words("Ein Mann, ja!") == ["ĠEin", "ĠMann", ",", "Ġja", "!"]


@pytest.mark.parametrize(
    "text", [*TEXTS, "日本語のテキスト", "مرحبا بالعالم", "👩‍👩‍👧 e\u0301", "a  b\t c \n\n d", "ΩMEGA", " begins with a space"]
)
def test_every_text_comes_back_exactly(text: str) -> None:
    known = codec()
    row = known.read(text)
    assert UNKNOWN not in row
    assert known.decode(row) == known.rules.clean(text)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Cf", "Cn", "Co", "Zl", "Zp")), min_size=1, max_size=40))
def test_any_text_comes_back(text: str) -> None:
    known = codec()
    if text.strip():
        assert known.decode(known.read(text)) == known.rules.clean(text)


def test_frequent_words_become_one_token() -> None:
    assert codec().tokens("Ein Mann") == ["ĠEin", "ĠMann"]
    assert len(codec().tokens("Zebra")) == 6  # a space and five letters


def test_bytes_that_are_no_text_are_marked() -> None:
    half = byte_pairs.letters()[0xC3]
    assert byte_pairs.join(["ĠA", half, "B"]) == "A\ufffdB"


def test_the_state_survives_and_the_letters_are_always_in_the_vocabulary() -> None:
    known = codec()
    assert TextCodec.from_json(known.to_json()) == known
    assert known.vocabulary[:256] == byte_pairs.letters()
    assert learn(byte_pairs.NAME, {"Ġa": 1}, 1)[0] == list(byte_pairs.letters())


def test_options_for_words_are_refused() -> None:
    with pytest.raises(UsageError, match="needs words, but --tokenizer byte-bpe gives bytes"):
        TextRules(tokenizer=byte_pairs.NAME, stem=True).check()


def test_text_fields_share_one_vocabulary_and_keep_their_cleaning() -> None:
    word = TextCodec(("a",), 3, TextRules(lowercase=True, strip_html=True, language="de"))
    found = shared_codecs({"de": word, "en": word}, {"de": TEXTS, "en": ["A man runs.", "A man sleeps in the sun."]}, None, 512)
    assert found["de"].vocabulary == found["en"].vocabulary
    assert found["de"].rules == TextRules(tokenizer=byte_pairs.NAME, lowercase=False, sentences=False, strip_html=True, language="de")
    longest = max(len(found["en"].tokens(text)) for text in ("A man runs.", "A man sleeps in the sun."))
    assert found["en"].length == longest + 1


def test_a_longer_text_is_cut_and_ends() -> None:
    word = TextCodec(("a",), 3, TextRules())
    found = shared_codecs({"de": word}, {"de": TEXTS}, None, 8)["de"]
    assert found.length == 8
    row = found.read("Ein Mann schläft im Garten.")
    assert row[-1] == END
    assert replace(found, length=400).read("Ein Mann")[0] == row[0]


@pytest.mark.parametrize("text", ["Ein Mann schläft!", "Größe ist\nnicht alles."])
def test_a_text_is_spelled_in_single_bytes(text: str) -> None:
    known = codec()
    row = known.read(text)
    letters = known.spelled(row)
    assert len(letters) == len(text.encode())
    assert letters.max() < known.num_letters == 4 + 256
    assert known.decode(letters) == text
    assert known.unspelled(letters).tolist() == row.tolist()
    assert known.decode(known.sounds()[letters]) == "".join(c.lower() if c.isascii() else c for c in text)


def test_other_tokens_spell_themselves() -> None:
    known = TextCodec(("a", "b"), 4)
    assert known.num_letters == 6
    assert known.spelled(known.row(["a", "b"])).tolist() == [4, 5]
    assert known.unspelled(known.spelled(known.row(["a", "b"]))).tolist() == [4, 5, END, 0]
