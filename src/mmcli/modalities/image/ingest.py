"""Raw pictures of one field to rows."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays
from mmcli.artifacts.rowfile import RowWriter, place
from mmcli.config import PreprocessConfig
from mmcli.modalities.base import Array, FitPlan, Reject
from mmcli.modalities.image.codec import ImageCodec
from mmcli.modalities.image.decode import MAX_BYTES

_BLOCK = 256


class ImageIngest:
    """See `modalities.base.Ingest`; with mode `auto` the drafts are RGB, and grey if all train pictures are."""

    max_bytes: ClassVar[int] = MAX_BYTES
    too_large: ClassVar[str] = "IMG_TOO_LARGE"

    def __init__(self, options: PreprocessConfig) -> None:
        mode = "RGB" if options.image_mode == "auto" else options.image_mode
        width = options.image_width or options.image_size
        self._codec = ImageCodec(options.image_size, width, mode, options.fit, options.background)
        self._auto = options.image_mode == "auto"

    def decode(self, source: bytes | str) -> Array:
        """Row `[H, W, C]` of a picture's bytes."""
        if isinstance(source, str):
            raise Reject("IMG_UNIDENTIFIED", "a text where a picture should be")
        return self._codec.read_bytes(source)

    @property
    def draft_bytes(self) -> int:
        """Bytes of a row."""
        return int(np.prod(self._codec.row_shape))

    @property
    def column_names(self) -> tuple[str, ...]:
        """None."""
        return ()

    def columns(self, draft: Any) -> dict[str, Any]:
        """None."""
        return {}

    def pack(self, drafts: Sequence[Any]) -> Array:
        """Rows `[n, H, W, C]`; absent ones are zeros."""
        absent = np.zeros(self._codec.row_shape, dtype=np.uint8)
        return np.stack([absent if draft is None else draft for draft in drafts])

    def open(self, work: Path, state: dict[str, Any] | None) -> None:
        """Prepare to append rows."""
        self._work = work / "rows.npy"
        self._rows = RowWriter(self._work, self._codec.row_shape, np.uint8, keep=state["rows"] if state else 0)

    def append(self, packed: Any) -> None:
        """Store rows."""
        self._rows.append(packed)

    def state(self) -> dict[str, Any]:
        """Number of rows on disk."""
        self._rows.flush(durable=True)
        return {"rows": self._rows.rows}

    def finish(self, plan: FitPlan) -> tuple[ImageCodec, dict[str, Any]]:
        """Choose the colour mode on the train split and write the rows."""
        self._rows.close()
        rows = arrays.load(self._work)
        if not (self._auto and _all_grey(rows, np.flatnonzero(plan.present & plan.train))):
            place(self._work, plan.target)
            return self._codec, {}
        codec = ImageCodec(self._codec.height, self._codec.width, "L", self._codec.fit, self._codec.background)
        with RowWriter(plan.target, codec.row_shape, np.uint8) as writer:
            for start in range(0, len(rows), _BLOCK):
                writer.append(_luma(rows[start : start + _BLOCK]))
        return codec, {}


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
