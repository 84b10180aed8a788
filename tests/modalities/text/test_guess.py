"""Settings of texts, guessed from a sample."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mmcli.modalities.guess import Guess, Sample
from mmcli.modalities.text.guess import guess


@pytest.fixture(autouse=True)
def _without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mmcli.modalities.text.detection.importlib.util.find_spec", lambda _: None)


def seen(texts: list[str], number: int = 0) -> Guess:
    return guess(Sample(texts, number or len(texts)))


def values(found: Guess) -> dict[str, Any]:
    return {name: setting.value for name, setting in found.settings.items()}


def test_short_sentences_are_words() -> None:
    found = seen(["a red car on the road", "the old house"])
    assert values(found) == {"language": "en", "tokenizer": "word", "max_tokens": 8}
    assert found.saw == "3 to 6 words and signs, language en"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Der Hund schl\u00e4ft auf dem alten Sofa, und die Katze ist nicht da.", "de"),
        ("Le chat dort sur la table et il ne veut pas de lait.", "fr"),
        ("El perro duerme en la casa y no quiere comer con los gatos.", "es"),
        ("\u4eca\u5929\u5929\u6c14\u5f88\u597d\u3002", "zh"),
        ("\u4eca\u65e5\u306f\u5929\u6c17\u304c\u3044\u3044\u3067\u3059\u3002", "ja"),
        ("\u0e27\u0e31\u0e19\u0e19\u0e35\u0e49\u0e2d\u0e32\u0e01\u0e32\u0e28\u0e14\u0e35", "th"),
    ],
)
def test_the_language_is_recognised_without_an_extra(text: str, language: str) -> None:
    assert values(seen([text] * 5))["language"] == language


def test_a_language_that_is_not_recognised_is_said_to_be_unknown() -> None:
    found = seen(["xqz wvb kjh"] * 3)
    assert found.saw.endswith("language unknown")
    assert values(found)["language"] == "en"


def test_scripts_without_spaces_and_names_are_characters() -> None:
    chinese = seen(["\u4eca\u5929\u5929\u6c14\u5f88\u597d\u3002"] * 4)
    assert (values(chinese)["tokenizer"], values(chinese)["max_tokens"], chinese.saw[:12]) == ("char", 8, "7 characters")
    names = seen([f"{first}{last}" for first in ("Mar", "Jo", "Al", "Be", "Da") for last in ("ia", "an", "ex", "lla")])
    assert values(names)["tokenizer"] == "char"
    assert values(seen(["red", "green", "blue", "red"] * 20))["tokenizer"] == "word"  # they repeat: words, not names


def test_many_rare_words_are_split() -> None:
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list("abcdefghij"), 8)) for _ in range(9000)]
    found = values(seen([" ".join(words[i : i + 20]) for i in range(0, 9000, 20)]))
    assert (found["tokenizer"], found["vocabulary_size"]) == ("bpe", 4000)
    assert found["max_tokens"] == 32  # 20 words of 1.4 pieces, and the end


def test_long_texts_are_cut_and_it_is_said() -> None:
    found = seen(["the word " * 200] * 3)
    assert values(found)["max_tokens"] == 128
    assert found.notes == ("100 % of the texts are cut after 128 tokens",)


def test_files_are_read_and_those_that_are_not_utf_8_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("the cat is on the mat")
    (tmp_path / "b.txt").write_bytes(b"caf\xe9")
    found = guess(Sample([tmp_path / "a.txt", tmp_path / "b.txt"], 2))
    assert found.notes == ("50 % of the texts are empty or not UTF-8 (see --encoding)",)
    assert found.records == 2
