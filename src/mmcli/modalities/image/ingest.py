"""Raw images of one field to rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays
from mmcli.artifacts.rowfile import RowWriter
from mmcli.artifacts.shards import ShardWriter
from mmcli.core.ledger import Ledger
from mmcli.modalities.base import Array, Reject
from mmcli.modalities.identity import Identity, correlations
from mmcli.modalities.image.augment import ImageChanges
from mmcli.modalities.image.codec import ImageCodec
from mmcli.modalities.image.decode import MAX_BYTES, Limits, decode
from mmcli.modalities.image.fits import Fits
from mmcli.modalities.image.identity import ALIKE, identities
from mmcli.modalities.image.options import MAX_ASPECT, ImageConfig
from mmcli.modalities.ingest import FitPlan

_BLOCK = 256


@dataclass(frozen=True)
class ImageDraft:
    """An image at every size, the row's first, and its own width and height (of a JPEG, possibly reduced)."""

    rows: tuple[Array, ...]
    size: tuple[int, int]


@dataclass(frozen=True)
class PackedImages:
    """Images of a chunk at every size `[n, H, W, C]`, and their widths and heights `[n, 2]`, 0 for absent ones."""

    rows: tuple[Array, ...]
    sizes: npt.NDArray[np.int32]


class ImageIngest:
    """See `modalities.ingest.Ingest`; with mode `auto` the drafts are RGB, and the rows greyscale if all train images are."""

    max_bytes: ClassVar[int] = MAX_BYTES
    too_large: ClassVar[str] = "IMG_TOO_LARGE"

    def __init__(self, options: ImageConfig) -> None:
        self._auto = options.image_mode == "auto"
        self._shard_bytes = options.shard_mb * 2**20
        width = options.image_width or options.image_size
        mode = "RGB" if self._auto else options.image_mode
        self._codec = ImageCodec(
            options.image_size,
            width,
            mode,
            options.fit,
            options.background,
            scales=tuple(options.scales),
            white=options.image_range or 0.0,
        )
        self._sizes = [self._codec, *(self._codec.at_scale(height) for height in options.scales)]
        largest = max(self._sizes, key=lambda codec: codec.height)
        self._draft_size = largest.draft_size
        self._limits = Limits(options.max_megapixels * 1e6, options.min_side, options.max_aspect)
        self._changes = ImageChanges(**{name: getattr(options, name) for name in ImageChanges.__dataclass_fields__})

    def decode(self, source: bytes | str) -> ImageDraft:
        """Decode an image at every size."""
        if isinstance(source, str):
            raise Reject("IMG_UNIDENTIFIED", "expected an image, found a text")
        image = decode(source, self._draft_size, self._limits, self._codec.white or None)
        return ImageDraft(tuple(codec.row(image) for codec in self._sizes), image.size)

    @property
    def draft_bytes(self) -> int:
        """Size of an image at every size, in bytes."""
        return sum(int(np.prod(codec.row_shape)) for codec in self._sizes)

    @property
    def column_names(self) -> tuple[str, ...]:
        """Width over height, if the rows do not preserve it."""
        return ("aspect",) if self._codec.fit == "squeeze" else ()

    def columns(self, draft: Any) -> dict[str, Any]:
        """The added columns."""
        return {"aspect": round(draft.size[0] / draft.size[1], 4)} if self.column_names else {}

    def pack(self, drafts: Sequence[Any]) -> PackedImages:
        """Stack drafts; absent images are zeros."""
        rows = tuple(
            np.stack([np.zeros(codec.row_shape, np.uint8) if draft is None else draft.rows[i] for draft in drafts])
            for i, codec in enumerate(self._sizes)
        )
        return PackedImages(rows, np.array([draft.size if draft else (0, 0) for draft in drafts], dtype=np.int32))

    def identities(self, drafts: Sequence[Any]) -> list[Identity]:
        """Of the rows at every size."""
        return identities(np.stack([draft.rows[0] for draft in drafts]), [_content(draft) for draft in drafts])

    def alike(self, pairs: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Whether the pixels correlate."""
        rows = self._rows[0].load()
        return np.asarray(correlations(rows[pairs[:, 0]], rows[pairs[:, 1]]) >= ALIKE)

    def open(self, work: Path, state: dict[str, Any] | None) -> None:
        """Prepare to append images."""
        keep = state["rows"] if state else 0
        self._rows = [
            ShardWriter(work / f"rows{i}.npy", codec.row_shape, np.uint8, self._shard_bytes, keep) for i, codec in enumerate(self._sizes)
        ]
        self._sizes_path = work / "sizes.npy"
        self._own_sizes = RowWriter(self._sizes_path, (2,), np.int32, keep)

    def append(self, packed: Any) -> None:
        """Store images."""
        for writer, rows in zip(self._rows, packed.rows, strict=True):
            writer.append(rows)
        self._own_sizes.append(packed.sizes)

    def state(self) -> dict[str, Any]:
        """Number of images on disk."""
        for writer in self._rows:
            writer.flush(durable=True)
        self._own_sizes.flush(durable=True)
        return {"rows": self._own_sizes.rows}

    def finish(self, plan: FitPlan) -> tuple[ImageCodec, dict[str, Any]]:
        """Choose the colour mode on the train split and write the rows at every size."""
        for writer in self._rows:
            writer.close()
        self._own_sizes.close()
        train, sizes = np.flatnonzero(plan.present & plan.train), np.asarray(arrays.load(self._sizes_path))
        codec = self._fitted(train, sizes)
        self._fits = Fits.of(codec, sizes[plan.present])
        to_mode = _luma if codec.mode == "L" and self._codec.mode != "L" else None
        for drafts, size in zip(self._rows, self._sizes, strict=True):
            target = plan.target if size is self._codec else plan.target.with_name(f"{plan.target.stem}.{size.height}.npy")
            self._write(drafts, target, to_mode, plan)
        return codec, {}

    def fitted_columns(self) -> dict[str, list[Any]]:
        """None."""
        return {}

    def account(self, name: str, ledger: Ledger) -> None:
        """Images that were enlarged, and those of which much was cropped or is padding."""
        self._fits.account(name, ledger)

    def _fitted(self, train: npt.NDArray[np.int64], sizes: npt.NDArray[np.int32]) -> ImageCodec:
        grey = self._auto and _all_grey(self._rows[0].load(), train)
        codec = replace(self._codec, mode="L") if grey else self._codec
        if codec.fit == "squeeze" and len(train):
            typical = float(np.median(sizes[train, 0] / sizes[train, 1]))
            return replace(codec, aspect=round(min(max(typical, 1 / MAX_ASPECT), MAX_ASPECT), 4))
        return codec

    def _write(self, drafts: ShardWriter, target: Path, to_mode: Callable[[Array], Array] | None, plan: FitPlan) -> None:
        if to_mode is None and not plan.copies:
            drafts.place(target)
            return
        rows = drafts.load()
        convert = to_mode or np.asarray
        shape = convert(rows[:1]).shape[1:]
        with ShardWriter(target, shape, np.uint8, plan.shard_bytes) as writer:
            for start in range(0, len(rows), _BLOCK):
                writer.append(convert(rows[start : start + _BLOCK]))
            for copy in range(plan.copies):
                for number in np.flatnonzero(plan.train):
                    row = convert(rows[number : number + 1])[0]
                    if plan.present[number]:
                        row = self._changes.apply(row, plan.copy_stream(copy, int(number)))
                    writer.append(row[None])
        writer.place(target)


def _all_grey(rows: Array, chosen: npt.NDArray[np.int64]) -> bool:
    for start in range(0, len(chosen), _BLOCK):
        block = rows[chosen[start : start + _BLOCK]]
        if (block[..., :1] != block).any():
            return False
    return len(chosen) > 0


def _luma(block: Array) -> Array:
    """ITU-R 601 luma as Pillow computes it, `[n, H, W, 1]`."""
    weights = np.array([19595, 38470, 7471], dtype=np.uint32)
    return ((block.astype(np.uint32) @ weights + 0x8000) >> 16).astype(np.uint8)[..., None]


def _content(draft: ImageDraft) -> bytes | memoryview:
    """The pixels of an image at every size."""
    return draft.rows[0].data if len(draft.rows) == 1 else b"".join(row.data for row in draft.rows)
