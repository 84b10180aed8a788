"""Codecs for generators that write texts of any length: subwords of bytes with one vocabulary for all text fields.

Nothing is unknown to them, and they keep case, punctuation and line breaks, whatever tokens the data set has for encoders.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from mmcli.core.token_ids import FIRST_WORD
from mmcli.modalities.text import byte_pairs
from mmcli.modalities.text.codec import TextCodec
from mmcli.modalities.text.rules import TextRules
from mmcli.modalities.text.subwords import learn

_LETTERS_PER_TOKEN = 200  # of text, for each token that is learned
_MOST = 6000
_CLEANING = ("normal_form", "keep_hidden", "strip_html", "strip_urls", "redact", "language")


def shared_codecs(
    codecs: Mapping[str, TextCodec], texts: Mapping[str, Sequence[str]], size: int | None, most_tokens: int
) -> dict[str, TextCodec]:
    """One codec for each text field.

    Args:
        codecs: Codecs of the data set, whose rules of cleaning stay.
        texts: Train texts of each field.
        size: Maximum size of the vocabulary; `None` for one by the amount of text.
        most_tokens: Maximum length of a text in tokens, including the end.
    """
    counts = Counter(word for found in texts.values() for text in found for word in byte_pairs.words(text))
    letters = sum(count * len(word) for word, count in counts.items())
    size = size or len(byte_pairs.letters()) + min(_MOST, letters // _LETTERS_PER_TOKEN)
    vocabulary, merges = learn(byte_pairs.NAME, counts, max(1, size - FIRST_WORD))
    draft = {name: _codec(codec, vocabulary, merges, most_tokens) for name, codec in codecs.items()}
    lengths = {name: max((len(codec.tokens(text)) for text in texts[name]), default=1) + 1 for name, codec in draft.items()}
    return {name: replace(codec, length=max(2, min(most_tokens, lengths[name]))) for name, codec in draft.items()}


def _codec(codec: TextCodec, vocabulary: list[str], merges: list[tuple[str, str]], length: int) -> TextCodec:
    kept = {name: getattr(codec.rules, name) for name in _CLEANING}
    rules = TextRules(tokenizer=byte_pairs.NAME, lowercase=False, sentences=False, **kept)
    return TextCodec(tuple(vocabulary), length, rules, tuple(merges))
