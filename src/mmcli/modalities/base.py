"""Interface of a modality's codec, which converts between files and arrays.

Three forms of one item:
    item     content of a file: a str, an image `[H, W, C] uint8`, a waveform `[samples] float32`
    row      output of generators, one fixed shape and dtype per field
    network  input and output of networks: ids `int32`, or floats in [-1, 1]

A data set stores rows, or items at their own lengths of which rows are windows. Encoders read sequences: items at
their own lengths, padded per batch.
"""

from __future__ import annotations

import importlib
import os
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays
from mmcli.core.streams import Purpose, generator
from mmcli.modalities.identity import Identity
from mmcli.modalities.remarks import Remark
from mmcli.modalities.sequences import EqualSequences, Rows
from mmcli.training.buckets import Sequences

if TYPE_CHECKING:
    from PIL import Image

    from mmcli.core.ledger import Ledger

Array = npt.NDArray[Any]
CODEC = "the codec"  # in errors about its state
ResultT = TypeVar("ResultT")
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


def import_ahead(module: str) -> None:
    """Import modules in the background that will be needed later."""
    threading.Thread(target=importlib.import_module, args=(module,), daemon=True).start()


def in_threads(function: Callable[[int], ResultT], starts: Iterable[int]) -> Iterator[ResultT]:
    """Results of NumPy work on blocks, in order; NumPy releases the GIL, and only a few blocks are computed ahead."""
    workers = len(os.sched_getaffinity(0))
    waiting: deque[Future[ResultT]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for start in starts:
            waiting.append(pool.submit(function, start))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


class Pieces(list[Any]):
    """Several drafts that one item was split into; each becomes a record of its own."""


@dataclass(frozen=True)
class FitPlan:
    """Information about the records that `Ingest.finish` needs.

    Attributes:
        present: Which records have the field, `[N]`.
        train: Which records are in the train split, `[N]`.
        target: The `.npy` file of rows to write; others may be written beside it, or instead of it.
        copies: Augmented copies of each train record, whose rows follow the N rows: first all
            first copies in the order of the train records, then all second ones, and so on.
        seed: Seed of the copies' augmentation.
        field: Index of the field in the data set; fields are augmented independently.
        shard_bytes: Maximum size of a file of rows; larger ones are split into shards.
    """

    present: npt.NDArray[np.bool_]
    train: npt.NDArray[np.bool_]
    target: Path
    copies: int = 0
    seed: int = 0
    field: int = 0
    shard_bytes: int = 2**30

    def copy_stream(self, copy: int, record: int) -> np.random.Generator:
        """Random generator for a copy of a record; the same for every form and size of its row."""
        return generator(self.seed, Purpose.AUGMENTED_COPY, self.field, copy, record)


class Ingest(Protocol):
    """Turns the raw items of one field into rows, for `preprocess`.

    `decode`, `columns`, `identities` and `pack` are pure and run in worker processes, to which the object is
    sent before `open`; the other methods run in one process, in the order open, append ...,
    finish. Drafts are kept on disk in between, so memory does not grow with the number of records.
    """

    max_bytes: ClassVar[int]  # larger files are rejected before they are read
    too_large: ClassVar[str]  # code of that rejection

    @property
    def draft_bytes(self) -> int:
        """Approximate size of a draft in bytes; if it grows with the file, that of a small one."""
        ...

    @property
    def column_names(self) -> tuple[str, ...]:
        """Columns that this field adds to the records table, in addition to present, source, sha256 and content."""
        ...

    def decode(self, source: bytes | str) -> Any:
        """Decode one item (the bytes of a file, or a text) to a draft or `Pieces`; raises `Reject`."""
        ...

    def columns(self, draft: Any) -> dict[str, Any]:
        """Values of a draft in the added columns."""
        ...

    def pack(self, drafts: Sequence[Any]) -> Any:
        """Pack drafts (`None` for records without the field) into a form that is cheap to send."""
        ...

    def identities(self, drafts: Sequence[Any]) -> list[Identity]:
        """Digests and perceptual hashes of drafts, by which copies are found."""
        ...

    def open(self, work: Path, state: dict[str, Any] | None) -> None:
        """Prepare to append to files below `work`, after the content described by an earlier `state`."""
        ...

    def append(self, packed: Any) -> None:
        """Store packed drafts."""
        ...

    def state(self) -> dict[str, Any]:
        """Flush everything to disk and return the progress as JSON values."""
        ...

    def alike(self, pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """After `state`: whether the stored drafts of records `[n, 2]` are near-copies; asked of those with close hashes."""
        ...

    def finish(self, plan: FitPlan) -> tuple[Codec, dict[str, Any]]:
        """Fit on the present train records and write what is stored; also returns facts to show."""
        ...

    def fitted_columns(self) -> dict[str, list[Any]]:
        """After `finish`: additional columns of the records table, such as lengths; `None` for records without the field."""
        ...

    def account(self, name: str, ledger: Ledger) -> None:
        """After `finish`: note how many of the field's items were cropped, cut, enlarged or empty."""
        ...
