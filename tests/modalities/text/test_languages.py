"""Texts in other languages than English: codes, letters, signs, shortened words, stop words, stems."""

from __future__ import annotations

import marshal
import os
import random
import subprocess
import sys
import time

import pytest

from mmcli.core.errors import UsageError
from mmcli.modalities.text.rules import TextRules
from mmcli.modalities.text.tokens import join, stemmer, stop_words


@pytest.mark.parametrize(("code", "fix"), [("jp", "did you mean ja?"), ("cn", "did you mean zh?"), ("xx", "ISO 639-1")])
def test_a_language_that_there_is_not_is_refused(code, fix):
    with pytest.raises(UsageError, match="unknown language") as caught:
        TextRules(language=code).check()
    assert fix in caught.value.fix


@pytest.mark.parametrize("option", [{"stop_words": True}, {"stem": True}, {"pos": True}, {"keep_pos": ("NOUN",)}])
def test_what_is_about_words_is_refused_for_letters(option):
    with pytest.raises(UsageError, match="gives letters"):
        TextRules(tokenizer="char", **option).check()


@pytest.mark.parametrize(("language", "tokenizer"), [("zh", "word"), ("ja", "tweet"), ("th", "bpe")])
def test_stop_words_need_words(language, tokenizer):
    with pytest.raises(UsageError, match=f"cannot split {language}"):
        TextRules(language=language, tokenizer=tokenizer, stop_words=True).check()


def test_letters_of_unknown_words_are_no_stop_words():
    assert "大" in stop_words("zh")
    assert TextRules(language="zh", stop_words=True).tokens("北京大学") == ["北", "京", "大", "学"]


def test_stop_words_are_no_punctuation():
    assert TextRules(language="ko", stop_words=True).tokens("책은 어디에 있습니까?")[-1] == "?"


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("أين الكتب؟", ["أين", "الكتب", "؟"]),
        ("البيض، لكن", ["البيض", "،", "لكن"]),
        ("हमने देखा। वह", ["हमने", "देखा", "।", "वह"]),
        ("¿Dónde están? ¡Aquí!", ["¿", "dónde", "están", "?", "¡", "aquí", "!"]),
    ],
)
@pytest.mark.parametrize("tokenizer", ["word", "treebank", "tweet"])
def test_signs_come_off_and_are_put_back(text, tokens, tokenizer):
    assert TextRules(tokenizer=tokenizer).tokens(text) == tokens
    assert join(TextRules(tokenizer=tokenizer, lowercase=False).tokens(text), tokenizer) == text


@pytest.mark.parametrize(
    "text", ["sie sagt „Ja“ und geht", "sie sagt »Ja« und geht", "elle dit «oui» ici", "hon säger ”ja” och går", "she says “yes” and goes"]
)
@pytest.mark.parametrize("tokenizer", ["word", "tweet"])
def test_quotes_are_put_back_whichever_way_they_point(text, tokenizer):
    assert join(TextRules(tokenizer=tokenizer, lowercase=False).tokens(text), tokenizer) == text


def test_typographic_apostrophes_are_apostrophes():
    assert TextRules().tokens("I don\u2019t know O\u2019Neil\u2019s dog") == TextRules().tokens("I don't know O'Neil's dog")


def test_shortened_words_are_words():
    french = TextRules(language="fr", lowercase=False)
    assert french.tokens("Qu'il l'école aujourd'hui") == ["Qu'", "il", "l'", "école", "aujourd'hui"]
    assert join(french.tokens("Qu'il vienne à l'école."), "word") == "Qu'il vienne à l'école."
    assert TextRules(language="fr", stop_words=True).tokens("l'école d\u2019Anna") == ["école", "anna"]
    assert TextRules(language="it").tokens("all'alba") == ["all'", "alba"]
    assert TextRules(language="en").tokens("o'clock") == ["o'clock"]


def test_turkish_has_two_letters_i():
    assert TextRules(language="tr").tokens("İstanbul ISPARTA") == ["istanbul", "\u0131sparta"]
    assert TextRules(language="tr", stop_words=True, lowercase=False).tokens("NASIL kedi") == ["kedi"]


def test_both_forms_of_norwegian_have_its_tools():
    for code in ("nb", "nn"):
        rules = TextRules(language=code, stop_words=True, stem=True)
        rules.check()
        assert rules.tokens("kattene og bøkene") == ["katt", "bøk"]


def test_an_arabic_stem_depends_on_the_word_alone():
    from nltk.stem.snowball import SnowballStemmer

    stem, words = stemmer("ar"), sorted(stop_words("ar"))
    for seed in range(2):
        stem.cache_clear()
        random.Random(seed).shuffle(words)
        assert [stem(word) for word in words] == [SnowballStemmer("arabic").stem(word) for word in words]


def test_signs_are_no_words_to_stem():
    assert TextRules(language="ar", stem=True).tokens("أين الكتب؟")[-1] == "؟"


def test_subwords_are_tagged_and_stemmed_as_words():
    tokens, tags = TextRules(tokenizer="bpe", pos=True).tokens_and_tags("the cats were running")
    assert tokens == ["▁the", "▁cats", "▁were", "▁running"]
    assert tags == TextRules(pos=True).tokens_and_tags("the cats were running")[1] == ["DET", "NOUN", "VERB", "VERB"]
    assert TextRules(tokenizer="bpe", stem=True).tokens("dying cats") == ["▁die", "▁cat"]


@pytest.mark.parametrize("text", ["किताबें कहाँ", "الكُتُبُ هنا", "สวัสดี ครับ", "گربه\u200cها سریع"])  # noqa: RUF001 - Persian
@pytest.mark.parametrize("tokenizer", ["bpe", "wordpiece"])
def test_vowel_signs_belong_to_the_words_that_subwords_are_cut_from(text, tokenizer):
    assert TextRules(tokenizer=tokenizer).tokens(text) == ["▁" + word for word in text.split()]


@pytest.mark.parametrize("text", ["我们在北京大学看见了它们。" * 80, "แมววิ่งเร็วมาก" * 100, "❤️ 👍🏽 👩\u200d👧"])
@pytest.mark.parametrize("tokenizer", ["word", "treebank", "tweet", "char", "bpe", "wordpiece"])
def test_long_texts_without_blanks_and_emoji_are_given_back_as_they_were(text, tokenizer):
    assert join(TextRules(tokenizer=tokenizer).tokens(text), tokenizer) == text


def test_letters_keep_their_vowel_signs_in_long_runs_too():
    assert TextRules().tokens("กิน" * 100) == ["กิ", "น"] * 100


def test_jieba_leaves_other_words_whole():
    pytest.importorskip("jieba")
    rules = TextRules(tokenizer="jieba", language="zh", lowercase=False)
    assert rules.tokens("我喜欢Müller的书, isn't it? Кошки 很好") == [
        "我", "喜欢", "Müller", "的", "书", ",", "is", "n't", "it", "?", "Кошки", "很", "好",
    ]  # fmt: skip


def test_jieba_takes_long_runs_in_linear_time():
    pytest.importorskip("jieba")
    cut = TextRules(tokenizer="jieba", language="zh").tokens
    assert cut("我们在北京大学看见了它们。" * 90) == cut("我们在北京大学看见了它们。") * 90
    begin = time.process_time()
    assert "".join(cut("我" * 100_000)) == "我" * 100_000
    assert time.process_time() - begin < 5


def test_jieba_neither_reads_nor_writes_a_cache_in_the_common_folder(tmp_path):
    pytest.importorskip("jieba")
    planted = tmp_path / "jieba.cache"
    planted.write_bytes(marshal.dumps(({"\u6211\u6765\u5230": 10**9}, 10**9)))
    program = "from mmcli.modalities.text.tokens import tokenizer; print(ascii(tokenizer('jieba')('\\u6211\\u6765\\u5230')))"
    done = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | {"TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("['\\u6211', '\\u6765\\u5230']\n", "")
    assert list(tmp_path.iterdir()) == [planted]
