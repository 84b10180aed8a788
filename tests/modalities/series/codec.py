"""Series: files <-> standardised rows `[length, 1]`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from PIL import Image

from mmcli.artifacts.shards import ShardWriter
from mmcli.core.ledger import Ledger
from mmcli.core.options import option
from mmcli.metrics.histogram import histogram
from mmcli.modalities.base import Array, ContinuousCodec, Reject
from mmcli.modalities.identity import Identity, digest
from mmcli.modalities.ingest import FitPlan
from mmcli.modalities.options import EncoderConfig, FieldConfig
from mmcli.modalities.show import Show, StoredField


@dataclass(frozen=True)
class SeriesConfig(FieldConfig):
    """What `preprocess` can be told of a series."""

    panel: ClassVar[str] = "Series fields"

    series_length: int = option(16, "Numbers per series.", ge=8, le=1024)


@dataclass(frozen=True)
class SeriesEncoderConfig(EncoderConfig):
    """How `embed` reads series."""

    panel: ClassVar[str] = "Series encoder"

    series_width: int = option(8, "Channels of the encoder.", ge=4, le=64)


@dataclass(frozen=True)
class SeriesCodec(ContinuousCodec):
    """Series of one length, divided by the greatest train value."""

    modality: ClassVar[str] = "series"

    length: int
    scale: float = 1.0

    @property
    def row_shape(self) -> tuple[int, ...]:
        return (self.length, 1)

    def describe(self) -> dict[str, Any]:
        return {"modality": "series", "shape": list(self.row_shape), "dtype": "float32", "units": "of the greatest"}

    def to_json(self) -> dict[str, Any]:
        return {"modality": "series", **asdict(self)}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        return cls(int(state["length"]), float(state["scale"]))

    def read(self, source: Path | str) -> Array:
        return (numbers(Path(source).read_bytes(), self.length) / self.scale).astype(np.float32)

    def to_network(self, rows: Array) -> Array:
        return np.asarray(rows, dtype=np.float32)

    def from_network(self, outputs: Array) -> Array:
        return np.asarray(outputs, dtype=np.float32)

    def write(self, row: Array, stem: Path) -> Path:
        path = stem.with_name(stem.name + ".csv")
        path.write_text("".join(f"{value:.9g}\n" for value in (row[:, 0] * self.scale).tolist()))
        return path

    def picture(self, row: Array) -> Image.Image:
        grey = np.clip(127.5 + 127.5 * np.asarray(row)[:, 0], 0, 255).astype(np.uint8)
        return Image.fromarray(np.tile(grey, (8, 1)))


def numbers(data: bytes, length: int) -> Array:
    """`[length, 1]` of a file's lines; raises `Reject`."""
    try:
        found = np.array([float(line) for line in data.split()], dtype=np.float32)
    except ValueError:
        raise Reject("SERIES_NO_NUMBER", "a line is no number") from None
    if len(found) != length:
        raise Reject("SERIES_LENGTH", f"{len(found)} numbers, not {length}")
    return found[:, None]


class SeriesIngest:
    """See `modalities.ingest.Ingest`."""

    max_bytes: ClassVar[int] = 2**20
    too_large: ClassVar[str] = "SERIES_TOO_LARGE"
    column_names: tuple[str, ...] = ()

    def __init__(self, options: SeriesConfig) -> None:
        self._length = options.series_length
        self.draft_bytes = 4 * self._length

    def decode(self, source: bytes | str) -> Array:
        return numbers(source.encode() if isinstance(source, str) else source, self._length)

    def columns(self, draft: Any) -> dict[str, Any]:
        return {}

    def pack(self, drafts: Sequence[Any]) -> Array:
        return np.stack([np.zeros((self._length, 1), np.float32) if draft is None else draft for draft in drafts])

    def identities(self, drafts: Sequence[Any]) -> list[Identity]:
        return [Identity(digest(draft.tobytes())) for draft in drafts]

    def alike(self, pairs: Array) -> Array:
        return np.zeros(len(pairs), dtype=bool)

    def open(self, work: Path, state: dict[str, Any] | None) -> None:
        self._rows = ShardWriter(work / "rows.npy", (self._length, 1), np.float32, 2**30, keep=state["rows"] if state else 0)

    def append(self, packed: Any) -> None:
        self._rows.append(packed)

    def state(self) -> dict[str, Any]:
        self._rows.flush(durable=True)
        return {"rows": self._rows.rows}

    def finish(self, plan: FitPlan) -> tuple[SeriesCodec, dict[str, Any]]:
        self._rows.close()
        rows = np.asarray(self._rows.load())
        scale = float(np.abs(rows[plan.present & plan.train]).max(initial=1e-6))
        with ShardWriter(plan.target, (self._length, 1), np.float32, plan.shard_bytes) as writer:
            writer.append(rows / np.float32(scale))
        writer.place(plan.target)
        return SeriesCodec(self._length, scale), {}

    def fitted_columns(self) -> dict[str, list[Any]]:
        return {}

    def account(self, name: str, ledger: Ledger) -> None:
        """Nothing is changed."""


class SeriesShow(Show):
    """Series are drawn as strips."""

    histograms: ClassVar[Mapping[str, str]] = {"means": "mean of the series"}
    style: ClassVar[str] = "strip"

    def measure(self, field: StoredField, present: Array) -> dict[str, Any]:
        return {"means": histogram(np.asarray(field.rows[present]).mean(axis=(1, 2)))}


SHOW = SeriesShow()
