"""Settings of a text field from a sample of its texts."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from mmcli.modalities.base import Reject
from mmcli.modalities.guess import Guess, Sample, Setting, high, share, span
from mmcli.modalities.text.cleaning import to_text
from mmcli.modalities.text.detection import likely_language
from mmcli.modalities.text.scripts import has_unspaced, pieces

_MAX_BYTES = 64 * 1024
_STEP, _MOST_TOKENS = 8, 128
_NAME_WORDS, _NAMES_DIFFER = 1.5, 0.5  # words per text, and distinct texts, from which texts are spelled by characters
_LARGE_VOCABULARY, _ONCE = 3000, 0.4  # distinct words, and the fraction of them seen once, from which words are split
_SUBWORDS, _PIECES_PER_WORD = 4000, 1.4


def guess(sample: Sample) -> Guess:
    """Choose the language, words, characters or subwords, and the maximum length."""
    texts = [text for item in sample.items if (text := _read(item))]
    unread = len(sample.items) - len(texts)
    notes = [f"{share(unread, len(sample.items))} of the texts are empty or not UTF-8 (see --encoding)"] if unread else []
    if not texts:
        return Guess("no text could be read", notes=tuple(notes), records=sample.number)
    words = [[word.lower() for word in pieces(text)] for text in texts]
    language = likely_language(texts, words)
    tokenizer, why, lengths = _tokens(texts, words)
    most = min(_MOST_TOKENS, _STEP * math.ceil((high(lengths) + 1) / _STEP))
    cut = sum(length >= most for length in lengths)
    settings = {
        "language": Setting(language or "en", "" if language else "not recognised; it matters little for learning"),
        "tokenizer": Setting(tokenizer, why),
        "max_tokens": Setting(most, "95 % of the texts are shorter" if most < _MOST_TOKENS else "longer texts take very long to learn"),
    }
    if tokenizer == "bpe":
        settings["vocabulary_size"] = Setting(_SUBWORDS, "number of pieces of words")
    if cut:
        notes.append(f"{share(cut, len(texts))} of the texts are cut after {most} {'characters' if tokenizer == 'char' else 'tokens'}")
    count = span([len(found) for found in words]) if tokenizer != "char" else span([len(text) for text in texts])
    unit = "characters" if tokenizer == "char" else "words and signs"
    return Guess(
        saw=f"{count} {unit}, {f'language {language}' if language else 'language unknown'}",
        settings=settings,
        notes=tuple(notes),
        records=sample.number,
        decode_ms=0.3,
        learn_ms=0.02 * min(most, sum(lengths) / len(lengths) + _STEP),
    )


def _read(item: Path | str | bytes) -> str:
    """The beginning of a text; empty if it cannot be read."""
    try:
        if isinstance(item, Path):
            with item.open("rb") as handle:
                item = handle.read(_MAX_BYTES)
                item = item if len(item) < _MAX_BYTES else item[: item.rfind(b"\n") + 1 or -1]
        text = item[:_MAX_BYTES] if isinstance(item, str) else to_text(item)
    except (Reject, OSError):
        return ""
    return text.strip()


def _tokens(texts: Sequence[str], words: Sequence[Sequence[str]]) -> tuple[str, str, list[float]]:
    """Tokeniser, why, and the number of its tokens in each text."""
    characters = [float(len(text)) for text in texts]
    if sum(map(has_unspaced, texts)) > len(texts) / 2:
        return "char", "the script has no spaces between words", characters
    lengths = [float(len(found)) for found in words]
    short = sum(lengths) <= _NAME_WORDS * len(texts)
    if short and len(set(texts)) > max(_NAMES_DIFFER * len(texts), 10):
        return "char", "the texts are single words that differ: new ones can only be spelled", characters
    counts = Counter(word for found in words for word in found)
    if len(counts) > _LARGE_VOCABULARY and sum(number == 1 for number in counts.values()) > _ONCE * len(counts):
        return "bpe", f"there are many rare words: {len(counts):,} different ones in {len(texts):,} texts", _scaled(lengths)
    return "word", "", lengths


def _scaled(lengths: Sequence[float]) -> list[float]:
    return [_PIECES_PER_WORD * length for length in lengths]
