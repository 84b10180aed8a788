"""Interface of a modality's codec, which converts between files and arrays.

Three forms of one item:
    item     content of a file: a str, an image `[H, W, C] uint8`, a waveform `[samples] float32`
    row      output of generators, one fixed shape and dtype per field
    network  input and output of networks: ids `int32`, or floats in [-1, 1]

A data set stores rows, or items at their own lengths of which rows are windows. Encoders read sequences: items at
their own lengths, padded per batch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays
from mmcli.core.token_ids import END, PAD
from mmcli.modalities.remarks import Remark
from mmcli.modalities.sequences import EqualSequences, Rows
from mmcli.training.buckets import Sequences

if TYPE_CHECKING:
    from PIL import Image

    from mmcli.core.ledger import Ledger

Array = npt.NDArray[Any]
CODEC = "the codec"  # in errors about its state
Column = Callable[[str], Sequence[Any] | None]


class Reject(Exception):
    """An item that cannot be used; `code` is one of the documented codes (such as IMG_TRUNCATED)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Codec(ABC):
    """Converts between files and arrays of one field. Its state is JSON and is copied to later artifacts.

    Attributes:
        modality: Name of the modality.
        in_words: Whether users give an item as text, not as a file.
        lossless: Whether writing a row to a file and reading it back returns it unchanged.
        stored: Suffix of a field's stored file in `fields/`.
    """

    modality: ClassVar[str]
    in_words: ClassVar[bool] = False
    lossless: ClassVar[bool] = True
    stored: ClassVar[str] = ".npy"

    @property
    @abstractmethod
    def row_shape(self) -> tuple[int, ...]:
        """Shape of one row."""

    @property
    def network_shape(self) -> tuple[int, ...]:
        """Shape of one row in network form; by default that of the row."""
        return self.row_shape

    @abstractmethod
    def describe(self) -> dict[str, Any]:
        """Entry of the manifest's `fields`: modality, shape, dtype, units and main parameters."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Complete state; `modality` is one of its keys."""

    @classmethod
    @abstractmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        """Inverse of `to_json`; a state that does not fit raises `IntegrityError`, before any of its sizes is used."""

    @abstractmethod
    def read(self, source: Path | str) -> Array:
        """Read a file (or, for a codec `in_words`, a string) into a row; raises `Reject`."""

    def read_sequence(self, source: Path | str) -> Array:
        """Read it into an item at its own length, as encoders read it; by default the row."""
        return self.read(source)

    def read_given(self, value: str) -> Array:
        """Read user input, a text or the path of a file, into an item at its own length; raises `Reject`."""
        return self.read_sequence(value if self.in_words else Path(value))

    def remarks(self, value: str, *, row: bool = False) -> list[Remark]:
        """What a user should know of an item: what of it is unknown, cut off or empty; raises `Reject`.

        Args:
            value: The item, as for `read_given`.
            row: Whether it is read into a row, by `read`, and not at its own length.
        """
        del value, row
        return []

    def account(self, name: str, column: Column, ledger: Ledger, *, rows: bool) -> None:
        """Note what of a field's items in a data set is cut off.

        Args:
            name: Name of the field.
            column: Function from the kind of a column of the records table, such as `samples`, to its values, or `None`.
            ledger: Receives the entries.
            rows: Whether the items are read as rows, and not at their own lengths.
        """
        del name, column, ledger, rows

    def sequences(self, items: Sequence[Array]) -> Sequences:
        """Collect items returned by `read_sequence`; by default of equal length."""
        return EqualSequences(np.stack(items))

    def open_rows(self, path: Path) -> Rows:
        """Rows of all records of a data set; `path` is the stored file."""
        return arrays.load(path)

    def sequences_of(self, rows: Rows) -> Sequences:
        """Items of a data set at their own lengths, from the rows that `open_rows` returned; by default of equal length."""
        return EqualSequences(rows)

    def reread(self, rows: Array) -> Array:
        """Rows after writing to files and reading back, for codecs that are not `lossless`."""
        return rows

    @abstractmethod
    def to_network(self, rows: Array) -> Array:
        """Rows or padded sequences `[N, ...]` to network form `[N, ...]`."""

    @abstractmethod
    def from_network(self, outputs: Array) -> Array:
        """Convert network form back to rows."""

    def items(self, rows: Array) -> list[Any]:
        """Rows as Python programs use them; by default as they are."""
        return list(rows)

    @abstractmethod
    def write(self, row: Array, stem: Path) -> Path:
        """Write a row as a user's file (PNG, WAV, TXT); returns the path with its suffix."""

    @abstractmethod
    def sheet(self, rows: Array, captions: Sequence[str] | None = None, columns: int = 8) -> Array:
        """Contact sheet of rows as an image `[H, W, 3] uint8`: images, spectrograms or sentences."""


class ContinuousCodec(Codec):
    """A codec whose network form is floats in [-1, 1] and whose rows can be drawn."""

    @abstractmethod
    def picture(self, row: Array) -> Image.Image:
        """A row as an image."""

    def sheet(self, rows: Array, captions: Sequence[str] | None = None, columns: int = 8) -> Array:
        """Contact sheet of the rows as images."""
        from mmcli.modalities.sheets import image_sheet

        return image_sheet([self.picture(row) for row in rows], captions, columns)


class TokenCodec(Codec):
    """A codec whose rows are ids `[T]`."""

    @property
    @abstractmethod
    def vocabulary_size(self) -> int:
        """Number of ids, including special ones."""

    @abstractmethod
    def decode(self, row: Array) -> str:
        """Text of ids, up to the end of the item."""

    @property
    def num_letters(self) -> int:
        """Number of ids, with the special ones, of which `spelled` makes use."""
        return self.vocabulary_size

    def sounds(self) -> Array:
        """For each of these ids the one that sounds the same, `[num_letters] int32`; by default itself."""
        return np.arange(self.num_letters, dtype=np.int32)

    def spelled(self, row: Array) -> Array:
        """The item in the smallest tokens of the vocabulary, without its end; by default in its own."""
        ends = np.flatnonzero((row == END) | (row == PAD))
        return row[: ends[0]] if len(ends) else row

    def unspelled(self, ids: Array) -> Array:
        """Row of an item in the smallest tokens."""
        row = np.full(self.row_shape, PAD, np.int32)
        kept = ids[: len(row) - 1]
        row[: len(kept) + 1] = [*kept, END]
        return row
