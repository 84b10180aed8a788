"""Detect the language of a field's texts for `--language auto` with py3langid, which works offline."""

from __future__ import annotations

import dataclasses
import importlib.util
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from mmcli.core.errors import EnvironmentUnfitError, InputError
from mmcli.modalities.base import Reject
from mmcli.modalities.text.cleaning import clean, to_text
from mmcli.modalities.text.languages import CODES
from mmcli.modalities.text.options import TextConfig
from mmcli.modalities.text.scripts import has_han
from mmcli.modalities.text.tokens import stop_words

_MAX_LETTERS = 500  # per text, so that a long one does not outvote the others
_FREQUENT = 0.1
_LEAST_STOP_WORDS = 0.1  # fraction of the words, below which a language is not recognised by them
_MAX_WORDS = 20_000
_KANA, _THAI = re.compile("[\u3041-\u30ff]"), re.compile("[\u0e01-\u0e5b]")


def settle(name: str, options: TextConfig, sample: Iterable[bytes | str]) -> TextConfig:
    """Options of a text field, with `auto` replaced by the language detected in a sample of its train texts.

    Raises:
        EnvironmentUnfitError: py3langid is not installed.
        InputError: No text of the sample can be read.
    """
    if options.language != "auto":
        return options
    texts = []
    for source in sample:
        try:
            text = clean(source if isinstance(source, str) else to_text(source, options.encoding), strip_html=True, strip_urls=True)
        except Reject:
            continue
        texts.append(text[:_MAX_LETTERS])
    if not texts:
        raise InputError("there is no text whose language could be detected", f"field {name}", "give it with --language")
    return dataclasses.replace(options, language=detect(texts))


def detect(texts: Sequence[str]) -> str:
    """Two-letter code of the most likely language of the texts taken together.

    Taken together, texts in several languages may look like a language that none of them is in; so the
    result is one of those detected in at least a tenth of the texts, if any.

    Raises:
        EnvironmentUnfitError: py3langid is not installed.
    """
    try:
        import py3langid
    except ImportError:
        raise EnvironmentUnfitError(
            "language detection needs py3langid, which is not installed",
            "--language auto",
            "pip install py3langid, or give the language with --language",
        ) from None

    def ranked(text: str) -> list[str]:
        return [str(code) for code, _ in py3langid.rank(text) if code in CODES]

    votes = Counter(ranked(text)[0] for text in texts)
    frequent = [code for code, number in votes.items() if number >= _FREQUENT * len(texts)]
    return next(code for code in ranked("\n".join(texts)) if code in (frequent or votes))


def likely_language(texts: Sequence[str], words: Sequence[Sequence[str]]) -> str:
    """Two-letter code of the texts' language, without an extra if need be; empty if it is not recognised.

    Args:
        texts: The texts.
        words: Their words in lower case.
    """
    sample = [text[:_MAX_LETTERS] for text in texts]
    if importlib.util.find_spec("py3langid"):
        return detect(sample)
    by_script = next((code for code, has in _BY_SCRIPT if sum(bool(has(text)) for text in sample) > len(sample) / 2), "")
    return by_script or _by_stop_words([word for found in words for word in found][:_MAX_WORDS])


def _by_stop_words(words: Sequence[str]) -> str:
    """The language most of whose stop words are in the texts, if they are a tenth of the words or more."""
    from stopwordsiso import langs

    counts = Counter(word for word in words if word.isalpha())
    found = {code: sum(counts[word] for word in counts.keys() & stop_words(code)) for code in sorted(langs()) if code in CODES}
    best = max(found, key=lambda code: (found[code], code == "en"))
    return best if found[best] >= max(1, _LEAST_STOP_WORDS * counts.total()) else ""


_BY_SCRIPT = (("ja", _KANA.search), ("th", _THAI.search), ("zh", has_han))
