"""`--language auto` and what a language must have."""

from __future__ import annotations

import json
import sys

import pytest

from mmcli.core.errors import EnvironmentUnfitError, InputError, UsageError
from mmcli.data.layouts.folder import read_raw
from mmcli.modalities import ingest_of, settled
from mmcli.modalities.text.detection import detect
from mmcli.stages.preprocess.fields import field_options
from mmcli.stages.registry import config_of

GERMAN = ["Der Hund läuft über die Straße.", "Die Katze schläft heute den ganzen Tag.", "Wir gehen morgen nicht ins Kino."]
FRENCH = ["Le chien court dans la rue.", "Le chat dort toute la journée.", "Nous n'allons pas au cinéma demain."]


def test_without_the_package_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "py3langid", None)
    with pytest.raises(EnvironmentUnfitError) as caught:
        detect(GERMAN)
    assert "pip install py3langid" in caught.value.fix


def test_nothing_is_read_where_the_language_is_known():
    options = config_of("preprocess")(language="de")
    assert settled("text", "caption", options, (1 / 0 for _ in range(1))) is options  # type: ignore[misc]


def test_a_field_without_texts_has_no_language():
    with pytest.raises(InputError, match="whose language"):
        settled("text", "caption", config_of("preprocess")(language="auto"), [b"", b"\xff\xfe\xfa"])


def test_every_field_gets_its_own_language(tmp_path):
    pytest.importorskip("py3langid")
    rows = [{"id": str(i), "de": GERMAN[i % 3] + f" {i}", "fr": FRENCH[i % 3] + f" {i}"} for i in range(30)]
    (tmp_path / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    found = field_options(read_raw(tmp_path), config_of("preprocess")(language="auto"))
    assert {name: options.language for name, options in found.items()} == {"de": "de", "fr": "fr"}


def test_a_mixture_of_languages_is_one_of_them():
    pytest.importorskip("py3langid")
    assert detect([*GERMAN, *FRENCH, *GERMAN]) in ("de", "fr")
    # Single words say little, but together they do.
    assert detect(["seven", "eight", "nine", "zero", "one", "two", "three", "four", "please", "dial"]) == "en"
    # Codes of three letters, such as that of Cantonese, are none that other options know.
    assert detect(["今日天氣好好,我哋去飲茶啦", "佢哋喺邊度呀?我唔知"]) == "zh"


def test_held_out_texts_have_no_say(tmp_path, monkeypatch):
    seen: list[str] = []
    monkeypatch.setattr("mmcli.modalities.text.detection.detect", lambda texts: seen.extend(texts) or "en")
    rows = [{"id": str(i), "text": f"text number {i}", "split": ("train", "val", "test")[i % 3]} for i in range(30)]
    (tmp_path / "metadata.jsonl").write_text("\n".join(map(json.dumps, rows)))
    field_options(read_raw(tmp_path), config_of("preprocess")(language="auto"))
    assert seen == [f"text number {i}" for i in range(0, 30, 3)]


@pytest.mark.parametrize("language", ["english", "EN", "e", "", "e1"])
def test_a_language_is_two_letters(language):
    with pytest.raises(UsageError, match="two-letter code"):
        config_of("preprocess")(language=language)


@pytest.mark.parametrize(
    ("options", "noun"),
    [
        ({"language": "de", "pos": True}, "part-of-speech tagger"),
        ({"language": "fr", "keep_pos": ("NOUN",)}, "part-of-speech tagger"),
        ({"language": "pl", "stem": True}, "stemmer"),
        ({"language": "kk", "stop_words": True}, "stop word list"),
    ],
)
def test_what_a_language_has_not_is_refused(options, noun):
    with pytest.raises(UsageError, match=noun):
        ingest_of("text", config_of("preprocess")(**options))
