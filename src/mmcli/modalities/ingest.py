"""Interface of what turns the raw items of a field into the rows of a data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt

from mmcli.core.streams import Purpose, generator
from mmcli.modalities.base import Codec
from mmcli.modalities.identity import Identity

if TYPE_CHECKING:
    from mmcli.core.ledger import Ledger


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
