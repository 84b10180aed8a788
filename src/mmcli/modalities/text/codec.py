"""Texts: strings <-> rows of token ids."""

from __future__ import annotations

import codecs
import functools
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from mmcli.modalities.base import Array, Reject
from mmcli.modalities.files import read_bytes
from mmcli.modalities.sheets import text_sheet
from mmcli.modalities.text.tokens import join, stop_words, tokenizer

PAD, UNKNOWN, START, END = 0, 1, 2, 3
FIRST_WORD = 4
MAX_BYTES = 4 * 2**20
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True)
class TextCodec:
    """Token ids with a vocabulary that was counted on the train split.

    Attributes:
        vocabulary: Token of id 4, 5, ...; 0 pads, 1 is unknown, 2 starts and 3 ends a text.
        length: Ids per row T, the end included.
        tokenizer: See `tokens.tokenizer`.
        language: Two letters, for the stop words.
        lowercase: Whether texts are written in lower case.
        drop_stop_words: Whether stop words are left out.
    """

    modality: ClassVar[str] = "text"
    suffixes: ClassVar[frozenset[str]] = frozenset({".txt", ".md"})

    vocabulary: tuple[str, ...]
    length: int
    tokenizer: str = "word"
    language: str = "en"
    lowercase: bool = True
    drop_stop_words: bool = False

    @property
    def row_shape(self) -> tuple[int, ...]:
        """`(T,)`."""
        return (self.length,)

    @property
    def network_shape(self) -> tuple[int, ...]:
        """`(T,)`."""
        return self.row_shape

    @property
    def vocabulary_size(self) -> int:
        """Number of ids, the four special ones included."""
        return FIRST_WORD + len(self.vocabulary)

    @functools.cached_property
    def ids(self) -> dict[str, int]:
        """Id of each token."""
        return {token: FIRST_WORD + i for i, token in enumerate(self.vocabulary)}

    def describe(self) -> dict[str, Any]:
        """Entry of the manifest."""
        return {
            "modality": "text",
            "shape": [self.length],
            "dtype": "int32",
            "units": "token ids",
            "vocabulary": self.vocabulary_size,
            "tokenizer": self.tokenizer,
            "language": self.language,
        }

    def to_json(self) -> dict[str, Any]:
        """Whole state."""
        return {"modality": "text", **asdict(self), "vocabulary": list(self.vocabulary)}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        """Inverse of `to_json`."""
        known = {key: value for key, value in state.items() if key != "modality"}
        return cls(**{**known, "vocabulary": tuple(state["vocabulary"])})

    def tokens(self, text: str) -> list[str]:
        """Tokens of a text, before the vocabulary."""
        return tokens_of(text, self.tokenizer, self.language, self.lowercase, self.drop_stop_words)

    def row(self, tokens: Sequence[str]) -> Array:
        """Tokens as a row `[T] int32`: ids, the end, padding; longer texts are cut."""
        known = self.ids
        found = [known.get(token, UNKNOWN) for token in tokens[: self.length - 1]]
        row = np.zeros(self.length, dtype=np.int32)
        row[: len(found) + 1] = [*found, END]
        return row

    def read(self, source: Path | str) -> Array:
        """Row of a text, or of a text file; raises `Reject`."""
        text = source if isinstance(source, str) else to_text(read_bytes(source, MAX_BYTES, "TXT_TOO_LARGE"))
        return self.row(self.tokens(clean(text)))

    def decode(self, row: Array) -> str:
        """Sentence of a row, up to its end."""
        words = []
        for number in np.asarray(row).tolist():
            if number == END:
                break
            if number >= FIRST_WORD:
                words.append(self.vocabulary[number - FIRST_WORD] if number < self.vocabulary_size else "?")
            elif number == UNKNOWN:
                words.append("?")
        return join(words, self.tokenizer)

    def to_network(self, rows: Array) -> Array:
        """Ids as they are, `[N, T] int32`."""
        return np.asarray(rows, dtype=np.int32)

    def from_network(self, outputs: Array) -> Array:
        """Ids as they are."""
        return np.asarray(outputs, dtype=np.int32)

    def write(self, row: Array, stem: Path) -> Path:
        """Write a row as a text file."""
        path = stem.with_name(stem.name + ".txt")
        path.write_text(self.decode(row) + "\n", encoding="utf-8")
        return path

    def sheet(self, rows: Array, captions: Sequence[str] | None = None, columns: int = 8) -> Array:
        """Sentences as a picture `[H, W, 3]` uint8."""
        return text_sheet([self.decode(row) for row in rows], captions, columns)


def to_text(data: bytes) -> str:
    """Decode the bytes of a text file: UTF-8, or UTF-16 with its mark; raises `Reject`."""
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), "")
    if not encoding and b"\0" in data[:4096]:
        even, odd = data[:4096:2].count(0), data[1:4096:2].count(0)
        if not data.startswith(b"\x89PNG") and max(even, odd) > len(data[:4096]) // 8 and min(even, odd) == 0:
            raise Reject("TXT_ENCODING", "it looks like UTF-16 without its mark; save it as UTF-8")
        raise Reject("TXT_BINARY", "the file holds NUL bytes; it is no text")
    try:
        return data.decode(encoding or "utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise Reject("TXT_ENCODING", f"byte {error.start} is not {encoding or 'UTF-8'}; save it as UTF-8") from None


def clean(text: str) -> str:
    """Normal form of a text: NFC, one kind of line end; raises `Reject` for nothing or broken text."""
    if len(text) > MAX_BYTES:
        raise Reject("TXT_TOO_LARGE", f"{len(text):,} characters; at most {MAX_BYTES:,} are read")
    if "\0" in text:
        raise Reject("TXT_BINARY", "the text holds NUL characters")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Reject("TXT_ENCODING", "the text holds half of a surrogate pair") from None
    joined = "\n".join(unicodedata.normalize("NFC", text).splitlines())
    if not joined.strip("\ufeff \t\n\r\u200b"):
        raise Reject("TXT_EMPTY", "there is no text")
    return joined


def tokens_of(text: str, name: str, language: str, lowercase: bool, drop_stop_words: bool) -> list[str]:
    """Tokens of a cleaned text, before the vocabulary."""
    found = tokenizer(name)(text.lower() if lowercase else text)
    if drop_stop_words:
        stopped = stop_words(language)
        return [token for token in found if token.lower() not in stopped]
    return found
