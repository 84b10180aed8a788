"""Detect the language of a field's texts for `--language auto` with py3langid, which works offline."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable, Sequence

from mmcli.core.errors import EnvironmentUnfitError, InputError
from mmcli.modalities.base import Reject
from mmcli.modalities.text.cleaning import clean, to_text
from mmcli.modalities.text.languages import CODES
from mmcli.modalities.text.options import TextConfig

_MAX_LETTERS = 500  # per text, so that a long one does not outvote the others
_FREQUENT = 0.1


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
            "language detection needs py3langid, which is not installed", "--language auto", "pip install 'mmcli[languages]'"
        ) from None

    def ranked(text: str) -> list[str]:
        return [str(code) for code, _ in py3langid.rank(text) if code in CODES]

    votes = Counter(ranked(text)[0] for text in texts)
    frequent = [code for code, number in votes.items() if number >= _FREQUENT * len(texts)]
    return next(code for code in ranked("\n".join(texts)) if code in (frequent or votes))
