"""Raw texts of one field to rows of ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mmcli.artifacts.rowfile import RowWriter
from mmcli.config import PreprocessConfig
from mmcli.errors import InputError
from mmcli.modalities.text.codec import END, MAX_BYTES, UNKNOWN, TextCodec, clean, to_text, tokens_of

_BLOCK = 4096


@dataclass(frozen=True)
class TextDraft:
    """A cleaned text and its tokens."""

    text: str
    tokens: list[str]


class TextIngest:
    """See `modalities.base.Ingest`; tokens wait as provisional numbers in order of appearance."""

    max_bytes: ClassVar[int] = MAX_BYTES
    too_large: ClassVar[str] = "TXT_TOO_LARGE"

    def __init__(self, options: PreprocessConfig) -> None:
        self._options = options
        self._numbers: dict[str, int] = {}

    def decode(self, source: bytes | str) -> TextDraft:
        """Tokens of a text, with the text itself."""
        o = self._options
        text = clean(source if isinstance(source, str) else to_text(source))
        return TextDraft(text, tokens_of(text, o.tokenizer, o.language, o.lowercase, o.stop_words))

    def text_of(self, draft: Any) -> str | None:
        """The cleaned text."""
        text: str = draft.text
        return text

    def open(self, work: Path) -> None:
        """Prepare to append drafts."""
        self._paths = (work / "flat.npy", work / "lengths.npy")
        self._flat = RowWriter(self._paths[0], (), np.int32)
        self._lengths = RowWriter(self._paths[1], (), np.int32)

    def append(self, drafts: Sequence[Any]) -> None:
        """Store tokens; absent texts have length 0."""
        numbers = self._numbers
        for draft in drafts:
            tokens = draft.tokens if draft else ()
            found = [numbers.setdefault(token, len(numbers)) for token in tokens]
            self._flat.append(np.array(found, dtype=np.int32))
        self._lengths.append(np.array([len(draft.tokens) if draft else 0 for draft in drafts], dtype=np.int32))

    def finish(self, present: npt.NDArray[np.bool_], train: npt.NDArray[np.bool_], target: Path) -> TextCodec:
        """Count the vocabulary on the train split and write the rows."""
        self._flat.close()
        self._lengths.close()
        flat, lengths = (np.load(path, mmap_mode="r") for path in self._paths)
        ends = np.cumsum(lengths, dtype=np.int64)
        fitted = present & train
        counts = self._count(flat, lengths, ends, fitted)
        words = [word for word, count in counts.most_common() if count >= self._options.min_count]
        if len(words) < 2:
            raise InputError(
                "train: vocabulary too small; all texts are empty or the same word", f"field {target.stem}", "give more varied texts"
            )
        longest = int(lengths[fitted].max(initial=1)) + 1
        o = self._options
        codec = TextCodec(tuple(words), max(2, min(o.max_tokens, longest)), o.tokenizer, o.language, o.lowercase, o.stop_words)
        self._write(codec, flat, lengths, ends, present, target)
        return codec

    def _count(self, flat: Any, lengths: Any, ends: Any, fitted: npt.NDArray[np.bool_]) -> Counter[str]:
        total = np.zeros(len(self._numbers), dtype=np.int64)
        for start in range(0, len(lengths), _BLOCK):
            rows = slice(start, start + _BLOCK)
            first = int(ends[start] - lengths[start])
            block = flat[first : int(ends[rows][-1])]
            total += np.bincount(block[np.repeat(fitted[rows], lengths[rows])], minlength=len(total))
        # Sorted first, so that equal counts come in an order that does not depend on the records'.
        return Counter({word: int(total[number]) for word, number in sorted(self._numbers.items()) if total[number]})

    def _write(self, codec: TextCodec, flat: Any, lengths: Any, ends: Any, present: npt.NDArray[np.bool_], target: Path) -> None:
        known = codec.ids
        final = np.array([known.get(word, UNKNOWN) for word in self._numbers], dtype=np.int32)
        room = codec.length - 1
        with RowWriter(target, codec.row_shape, np.int32) as writer:
            for start in range(0, len(lengths), _BLOCK):
                rows = slice(start, start + _BLOCK)
                kept = np.minimum(lengths[rows], room)
                places = np.arange(codec.length)
                block = np.zeros((len(kept), codec.length), dtype=np.int32)
                inside = places < kept[:, None]
                offsets = (ends[rows] - lengths[rows])[:, None] + places
                block[inside] = final[flat[offsets[inside]]]
                block[np.arange(len(kept)), kept] = END
                block[~present[rows]] = 0
                writer.append(block)
