"""Which language a field's texts are in, for `--language auto`: py3langid, which works offline."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from mmcli.config import PreprocessConfig
from mmcli.errors import EnvironmentUnfitError, InputError
from mmcli.modalities.base import Reject
from mmcli.modalities.text.cleaning import clean, to_text

_MOST_LETTERS = 500  # of one text, so that a long one does not outvote the others


def settle(name: str, options: PreprocessConfig, sample: Iterable[bytes | str]) -> PreprocessConfig:
    """Options of a text field, with `auto` replaced by the language of a sample of its train texts.

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
        texts.append(text[:_MOST_LETTERS])
    if not texts:
        raise InputError("there is no text whose language could be found", f"field {name}", "name it with --language")
    return dataclasses.replace(options, language=detect(texts))


def detect(texts: Iterable[str]) -> str:
    """Two-letter code of the language that the texts, taken together, are most likely in.

    Raises:
        EnvironmentUnfitError: py3langid is not installed.
    """
    try:
        import py3langid
    except ImportError:
        raise EnvironmentUnfitError(
            "finding the language needs py3langid, which is not installed", "--language auto", "pip install 'mmcli[languages]'"
        ) from None
    return str(py3langid.classify("\n".join(texts))[0])
