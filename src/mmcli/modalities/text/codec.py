"""Texts: strings <-> rows of token ids."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.core.ledger import Ledger
from mmcli.core.token_ids import END, FIRST_WORD, PAD, START, UNKNOWN
from mmcli.modalities.base import CODEC, Array, Column, TokenCodec
from mmcli.modalities.files import read_bytes
from mmcli.modalities.remarks import Remark
from mmcli.modalities.sequences import PaddedRows, Rows
from mmcli.modalities.sheets import text_sheet
from mmcli.modalities.text import byte_pairs
from mmcli.modalities.text.cleaning import MAX_BYTES, to_text
from mmcli.modalities.text.rules import TextRules
from mmcli.modalities.text.subwords import splitter
from mmcli.modalities.text.tokens import SUBWORDS, join
from mmcli.training.buckets import Sequences

_SHOWN_WORDS = 8
_UNKNOWN_MARK = "\ufffd"
_BLOCK = 65_536


@dataclass(frozen=True)
class TextCodec(TokenCodec):
    """Token ids with a vocabulary built from the train split.

    Attributes:
        vocabulary: Tokens of ids 4, 5, ...; 0 is padding, 1 unknown, 2 start and 3 end of text.
        length: Number of ids per row T, including the end token.
        rules: How a text is tokenised.
        merges: Merges of BPE, in order.
    """

    modality: ClassVar[str] = "text"
    in_words: ClassVar[bool] = True

    vocabulary: tuple[str, ...]
    length: int
    rules: TextRules = field(default_factory=TextRules)
    merges: tuple[tuple[str, str], ...] = ()

    @property
    def row_shape(self) -> tuple[int, ...]:
        """`(T,)`."""
        return (self.length,)

    @property
    def vocabulary_size(self) -> int:
        """Number of ids, including the four special ones."""
        return FIRST_WORD + len(self.vocabulary)

    @functools.cached_property
    def ids(self) -> dict[str, int]:
        """Id of each token."""
        return {token: FIRST_WORD + i for i, token in enumerate(self.vocabulary)}

    @functools.cached_property
    def subwords(self) -> Callable[[str], list[str]]:
        """Function that splits a word into tokens of the vocabulary; for word tokenisers, the identity."""
        if self.rules.tokenizer in SUBWORDS:
            return splitter(self.rules.tokenizer, self.vocabulary, self.merges)
        return lambda word: [word]

    def describe(self) -> dict[str, Any]:
        """Entry of the manifest."""
        facts = {"tokenizer": self.rules.tokenizer, "language": self.rules.language, "vocabulary": self.vocabulary_size}
        return {"modality": "text", "shape": [self.length], "dtype": "int32", "units": "token ids", **facts, **self.rules.tools()}

    def to_json(self) -> dict[str, Any]:
        """Complete state."""
        state = {"modality": "text", "vocabulary": list(self.vocabulary), "length": self.length, "rules": self.rules.to_json()}
        return {**state, "merges": [list(pair) for pair in self.merges]}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        """Inverse of `to_json`; raises `IntegrityError`."""
        from mmcli.artifacts.schema import check
        from mmcli.modalities.text.state import TextState

        check(TextState, state, CODEC, "")
        merges = tuple((first, second) for first, second in state["merges"])
        return cls(tuple(state["vocabulary"]), state["length"], TextRules.from_json(state["rules"]), merges)

    def tokens(self, text: str) -> list[str]:
        """Tokens of a cleaned text."""
        return [piece for word in self.rules.tokens(text) for piece in self.subwords(word)]

    def row(self, tokens: Sequence[str]) -> Array:
        """Tokens as a row `[T] int32`: ids, end token, padding; longer texts are truncated."""
        known = self.ids
        found = [known.get(token, UNKNOWN) for token in tokens[: self.length - 1]]
        row = np.zeros(self.length, dtype=np.int32)
        row[: len(found) + 1] = [*found, END]
        return row

    def read(self, source: Path | str) -> Array:
        """Row of a text, or of a text file; raises `Reject`."""
        text = source if isinstance(source, str) else to_text(read_bytes(source, MAX_BYTES, "TXT_TOO_LARGE"))
        return self.row(self.tokens(self.rules.clean(text)))

    def remarks(self, value: str, *, row: bool = False) -> list[Remark]:
        """Unknown words by name, tokens that are cut off, and whether any known word is left."""
        del row
        tokens = self.tokens(self.rules.clean(value))
        kept = tokens[: self.length - 1]
        unknown = [token for token in dict.fromkeys(kept) if token not in self.ids]
        found = []
        if not any(token in self.ids and any(map(str.isalnum, token)) for token in kept):
            found.append(Remark("without a known word", f"says nothing: {_unknown_words(unknown) if unknown else 'it has no word'}"))
        elif unknown:
            found.append(Remark("with unknown words", _unknown_words(unknown)))
        if len(tokens) > len(kept):
            cut = f"{len(tokens) - len(kept):,} of {len(tokens):,} tokens are cut off; the most is {len(kept):,}"
            found.append(Remark("cut to the maximum number of tokens", cut))
        return found

    def open_rows(self, path: Path) -> Rows:
        """Rows of all texts of a data set.

        Raises:
            IntegrityError: They are not ids of the vocabulary.
        """
        rows = super().open_rows(path)
        if rows.dtype != np.int32 or rows.shape[1:] != self.row_shape:
            return rows  # `modalities.fields` names the shape that it should have
        for begin in range(0, len(rows), _BLOCK):
            block = rows[begin : begin + _BLOCK]
            if block.min(initial=0) < 0 or block.max(initial=0) >= self.vocabulary_size:
                what = f"a text has an id outside the vocabulary of {self.vocabulary_size:,}"
                raise IntegrityError(what, visible(path), "rerun the stage that made it with --force")
        return rows

    def account(self, name: str, column: Column, ledger: Ledger, *, rows: bool) -> None:
        """Texts that `preprocess` cut."""
        del rows
        tokens, cut = column("tokens"), column("cut")
        if tokens is not None and cut is not None:
            lost = f"cut to {self.length - 1:,} tokens: {sum(filter(None, cut)):,} of {sum(filter(None, tokens)):,} tokens lost"
            ledger.change(name, lost, count=sum(map(bool, cut)), of=sum(number is not None for number in tokens))

    def sequences_of(self, rows: Rows) -> Sequences:
        """Rows of all texts of a data set, from which padding can be cut off again."""
        return PaddedRows(rows)

    def sequences(self, items: Sequence[Array]) -> Sequences:
        """Rows together."""
        return PaddedRows(np.stack(items))

    def decode(self, row: Array) -> str:
        """Sentence of a row, up to its end; U+FFFD replaces unknown tokens."""
        words = []
        for number in np.asarray(row).tolist():
            if number == END:
                break
            if number >= FIRST_WORD and number < self.vocabulary_size:
                words.append(self.vocabulary[number - FIRST_WORD])
            elif number not in (PAD, START):
                words.append(_UNKNOWN_MARK)
        return join(words, self.rules.tokenizer)

    @property
    def num_letters(self) -> int:
        """Of bytes, 256 and the special ones, which come first."""
        return FIRST_WORD + len(byte_pairs.letters()) if self.rules.tokenizer == byte_pairs.NAME else self.vocabulary_size

    def sounds(self) -> Array:
        """Of bytes, capitals of ASCII sound as their small letters."""
        found = super().sounds()
        if self.rules.tokenizer == byte_pairs.NAME:
            capitals = np.arange(ord("A"), ord("Z") + 1)
            found[FIRST_WORD + capitals] += ord("a") - ord("A")
        return found

    def spelled(self, row: Array) -> Array:
        """Of bytes, one token for each; the space before the first word is left out."""
        if self.rules.tokenizer != byte_pairs.NAME:
            return super().spelled(row)
        letters = "".join(self.vocabulary[number - FIRST_WORD] for number in super().spelled(row).tolist() if number >= FIRST_WORD)
        return np.array([self.ids[letter] for letter in letters.removeprefix(byte_pairs.SPACE)], dtype=np.int32)

    def unspelled(self, ids: Array) -> Array:
        """See `spelled`."""
        return super().unspelled(ids) if self.rules.tokenizer != byte_pairs.NAME else self.row(self.tokens(self.decode(ids)))

    def to_network(self, rows: Array) -> Array:
        """The ids unchanged, `[N, T] int32`."""
        return np.asarray(rows, dtype=np.int32)

    def from_network(self, outputs: Array) -> Array:
        """The ids unchanged."""
        return np.asarray(outputs, dtype=np.int32)

    def items(self, rows: Array) -> list[Any]:
        """Rows as strings."""
        return [self.decode(row) for row in rows]

    def write(self, row: Array, stem: Path) -> Path:
        """Write a row as a text file."""
        path = stem.with_name(stem.name + ".txt")
        path.write_text(self.decode(row) + "\n", encoding="utf-8")
        return path

    def sheet(self, rows: Array, captions: Sequence[str] | None = None, columns: int = 8) -> Array:
        """Sentences as an image `[H, W, 3]` uint8."""
        return text_sheet([self.decode(row) for row in rows], captions, columns)


def _unknown_words(words: Sequence[str]) -> str:
    shown = ", ".join(visible(word, 40) for word in words[:_SHOWN_WORDS])
    more = f" and {len(words) - _SHOWN_WORDS:,} more" if len(words) > _SHOWN_WORDS else ""
    return f"unknown, not in the vocabulary of the train texts: {shown}{more}"
