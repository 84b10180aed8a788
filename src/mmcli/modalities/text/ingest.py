"""Raw texts of one field to rows of ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mmcli.artifacts.jsonlines import JsonLines
from mmcli.artifacts.rowfile import RowWriter
from mmcli.config import PreprocessConfig
from mmcli.errors import InputError
from mmcli.modalities.base import FitPlan
from mmcli.modalities.text.codec import END, MAX_BYTES, UNKNOWN, TextCodec, clean, to_text, tokens_of

_BLOCK = 4096


@dataclass(frozen=True)
class TextDraft:
    """A cleaned text and its tokens."""

    text: str
    tokens: list[str]


@dataclass(frozen=True)
class PackedTokens:
    """Tokens of a chunk: `words[flat]`, cut into texts of the given lengths."""

    words: list[str]
    flat: npt.NDArray[np.int32]
    lengths: npt.NDArray[np.int32]


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

    @property
    def draft_bytes(self) -> int:
        """A guess: texts differ."""
        return 4096

    @property
    def column_names(self) -> tuple[str, ...]:
        """The cleaned text."""
        return ("text",)

    def columns(self, draft: Any) -> dict[str, Any]:
        """The cleaned text."""
        return {"text": draft.text}

    def pack(self, drafts: Sequence[Any]) -> PackedTokens:
        """Tokens as numbers within the chunk; absent texts have length 0."""
        numbers: dict[str, int] = {}
        flat = [numbers.setdefault(token, len(numbers)) for draft in drafts if draft for token in draft.tokens]
        lengths = [len(draft.tokens) if draft else 0 for draft in drafts]
        return PackedTokens(list(numbers), np.array(flat, dtype=np.int32), np.array(lengths, dtype=np.int32))

    def open(self, work: Path, state: dict[str, Any] | None) -> None:
        """Prepare to append tokens."""
        self._paths = (work / "flat.npy", work / "lengths.npy")
        kept = state or {"flat": 0, "rows": 0, "words_bytes": 0}
        self._flat = RowWriter(self._paths[0], (), np.int32, keep=kept["flat"])
        self._lengths = RowWriter(self._paths[1], (), np.int32, keep=kept["rows"])
        self._words = JsonLines(work / "words.jsonl", keep_bytes=kept["words_bytes"])
        self._numbers = {word: number for number, word in enumerate(word for line in self._words.read() for word in line)}
        self._num_stored = len(self._numbers)

    def append(self, packed: Any) -> None:
        """Store tokens under the numbers that they have in all chunks."""
        numbers = self._numbers
        table = np.array([numbers.setdefault(word, len(numbers)) for word in packed.words], dtype=np.int32)
        self._flat.append(table[packed.flat])
        self._lengths.append(packed.lengths)

    def state(self) -> dict[str, Any]:
        """Numbers of tokens and texts on disk, and the size of the list of words."""
        self._flat.flush(durable=True)
        self._lengths.flush(durable=True)
        self._words.append([list(islice(self._numbers, self._num_stored, None))])
        self._num_stored = len(self._numbers)
        return {"flat": self._flat.rows, "rows": self._lengths.rows, "words_bytes": self._words.flush(durable=True)}

    def finish(self, plan: FitPlan) -> tuple[TextCodec, dict[str, Any]]:
        """Count the vocabulary on the train split and write the rows."""
        self._flat.close()
        self._lengths.close()
        flat, lengths = (np.load(path, mmap_mode="r") for path in self._paths)
        ends = np.cumsum(lengths, dtype=np.int64)
        fitted = plan.present & plan.train
        counts = self._count(flat, lengths, ends, fitted)
        words = [word for word, count in counts.most_common() if count >= self._options.min_count]
        if len(words) < 2:
            raise InputError(
                "train: vocabulary too small; all texts are empty or the same word", f"field {plan.target.stem}", "give more varied texts"
            )
        longest = int(lengths[fitted].max(initial=1)) + 1
        o = self._options
        codec = TextCodec(tuple(words), max(2, min(o.max_tokens, longest)), o.tokenizer, o.language, o.lowercase, o.stop_words)
        self._write(codec, flat, lengths, ends, plan)
        return codec, {}

    def _count(self, flat: Any, lengths: Any, ends: Any, fitted: npt.NDArray[np.bool_]) -> Counter[str]:
        total = np.zeros(len(self._numbers), dtype=np.int64)
        for start in range(0, len(lengths), _BLOCK):
            rows = slice(start, start + _BLOCK)
            first = int(ends[start] - lengths[start])
            block = flat[first : int(ends[rows][-1])]
            total += np.bincount(block[np.repeat(fitted[rows], lengths[rows])], minlength=len(total))
        # Sorted first, so that equal counts come in an order that does not depend on the records'.
        return Counter({word: int(total[number]) for word, number in sorted(self._numbers.items()) if total[number]})

    def _write(self, codec: TextCodec, flat: Any, lengths: Any, ends: Any, plan: FitPlan) -> None:
        known = codec.ids
        final = np.array([known.get(word, UNKNOWN) for word in self._numbers], dtype=np.int32)
        room = codec.length - 1
        with RowWriter(plan.target, codec.row_shape, np.int32) as writer:
            for start in range(0, len(lengths), _BLOCK):
                rows = slice(start, start + _BLOCK)
                kept = np.minimum(lengths[rows], room)
                places = np.arange(codec.length)
                block = np.zeros((len(kept), codec.length), dtype=np.int32)
                inside = places < kept[:, None]
                offsets = (ends[rows] - lengths[rows])[:, None] + places
                block[inside] = final[flat[offsets[inside]]]
                block[np.arange(len(kept)), kept] = END
                block[~plan.present[rows]] = 0
                writer.append(block)
