"""How texts are displayed and measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from mmcli.core.token_ids import FIRST_WORD, UNKNOWN
from mmcli.metrics.histogram import histogram
from mmcli.modalities.base import Array, Codec
from mmcli.modalities.show import Show, StoredField, View, blocks
from mmcli.modalities.text.codec import TextCodec
from mmcli.modalities.text.tokens import SPACE, is_stop_word

_MOST_WORDS = 30
_MOST_BYTES = 64 * 1024


class TextShow(Show):
    """Texts are displayed as text, not as images."""

    histograms: ClassVar[Mapping[str, str]] = {"lengths": "tokens per text"}
    counts: ClassVar[Mapping[str, str]] = {"words": "most frequent words", "pos": "parts of speech"}
    remarks: ClassVar[Mapping[str, str]] = {"unknown": "tokens are not in the vocabulary"}
    on_sheets: ClassVar[bool] = False
    num_samples: ClassVar[int] = 4
    style: ClassVar[str] = "words"

    def row(self, codec: Codec, row: Array) -> View:
        """The sentence of a row."""
        assert isinstance(codec, TextCodec)
        return View(text=codec.decode(row))

    def file(self, source: Path | str) -> View:
        """A text, or the beginning of a text file."""
        if isinstance(source, str):
            return View(text=source.strip())
        with source.open("rb") as handle:
            return View(text=handle.read(_MOST_BYTES).decode("utf-8", "replace").strip())

    def made(self, codec: Codec, row: Array, source: Path | str | None) -> View:
        """A generated text, as written."""
        return self.row(codec, row) if source is None else self.file(source)

    def record(self, field: StoredField, number: int) -> View:
        """The cleaned text of a record."""
        texts = field.column("text")
        return super().record(field, number) if texts is None or texts[number] is None else View(text=str(texts[number]))

    def as_made(self, field: StoredField, numbers: Array) -> Iterator[View]:
        """The cleaned texts."""
        texts = field.column("text") or []
        return (View(text=str(texts[number] or "").strip()) for number in numbers)

    def measure(self, field: StoredField, present: Array) -> dict[str, Any]:
        """Lengths, frequent words, unknown tokens and, if they were kept, parts of speech."""
        codec = field.codec
        assert isinstance(codec, TextCodec)
        lengths, counts = [], np.zeros(codec.vocabulary_size, dtype=np.int64)
        for block in blocks(field.rows, present):
            lengths.append((block >= FIRST_WORD).sum(axis=1) + (block == UNKNOWN).sum(axis=1))
            counts += np.bincount(block.ravel(), minlength=len(counts))[: len(counts)]
        words = frequent_words(codec.vocabulary, counts[FIRST_WORD:], codec.rules.language)
        facts = {"lengths": histogram(np.concatenate(lengths) if lengths else np.zeros(0)), "words": words, "unknown": int(counts[UNKNOWN])}
        tags = field.column("pos")
        return facts | ({"pos": dict(Counter(tag for line in tags if line for tag in line.split()).most_common())} if tags else {})


def frequent_words(vocabulary: Sequence[str], counts: Array, language: str) -> list[list[Any]]:
    """Most frequent words, without stop words and punctuation."""
    found: list[list[Any]] = []
    for number in np.argsort(-counts, kind="stable"):
        word = vocabulary[number].strip(SPACE)
        if any(char.isalnum() for char in word) and not is_stop_word(word, language) and counts[number]:
            found.append([word, int(counts[number])])
        if len(found) == _MOST_WORDS:
            break
    return found


SHOW = TextShow()
