"""Pictures: files <-> `[H, W, C] uint8` rows <-> floats in [-1, 1]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from PIL import Image, ImageOps

from mmcli.modalities.base import Array, Reject
from mmcli.modalities.files import read_bytes
from mmcli.modalities.image import decode
from mmcli.modalities.sheets import picture_sheet

_CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}


@dataclass(frozen=True)
class ImageCodec:
    """Pictures of one size and colour mode.

    Attributes:
        height: Pixels.
        width: Pixels.
        mode: `L`, `RGB` or `RGBA`.
        fit: How another aspect ratio is fitted: `crop`, `pad` or `squeeze`.
        background: Colour of padding and behind transparency, `#RRGGBB`.
    """

    modality: ClassVar[str] = "image"
    suffixes: ClassVar[frozenset[str]] = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"})

    height: int
    width: int
    mode: str = "RGB"
    fit: str = "crop"
    background: str = "#ffffff"

    @property
    def row_shape(self) -> tuple[int, ...]:
        """`(H, W, C)`."""
        return (self.height, self.width, _CHANNELS[self.mode])

    @property
    def network_shape(self) -> tuple[int, ...]:
        """`(H, W, C)`."""
        return self.row_shape

    def describe(self) -> dict[str, Any]:
        """Entry of the manifest."""
        return {
            "modality": "image",
            "shape": list(self.row_shape),
            "dtype": "uint8",
            "units": "0 to 255",
            "mode": self.mode,
            "fit": self.fit,
        }

    def to_json(self) -> dict[str, Any]:
        """Whole state."""
        return {"modality": "image", **asdict(self)}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        """Inverse of `to_json`."""
        return cls(**{key: value for key, value in state.items() if key != "modality"})

    def read(self, source: Path | str) -> Array:
        """Read a picture file into a row; raises `Reject`."""
        return self.read_bytes(read_bytes(Path(source), decode.MAX_BYTES, "IMG_TOO_LARGE"))

    def read_bytes(self, data: bytes) -> Array:
        """Decode the bytes of a picture file into a row; raises `Reject`."""
        return self.row(decode.decode(data, (self.width * 2, self.height * 2)))

    def row(self, picture: Image.Image) -> Array:
        """Fit a picture in mode L, RGB or RGBA into `[H, W, C] uint8`."""
        try:
            fitted = self._fit(picture if self.mode == "RGBA" else flatten(picture, self.background))
        except (ValueError, MemoryError) as error:
            raise Reject("IMG_CORRUPT", f"the picture cannot be resized: {error}") from None
        return np.asarray(fitted.convert(self.mode), dtype=np.uint8).reshape(self.row_shape)

    def _fit(self, picture: Image.Image) -> Image.Image:
        size = (self.width, self.height)
        if picture.size == size:
            return picture
        if self.fit == "squeeze":
            return picture.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        if self.fit == "pad":
            colour = self.background if picture.mode != "RGBA" else self.background + "00"
            if picture.mode == "L":
                picture = picture.convert("RGB")
            return ImageOps.pad(picture, size, Image.Resampling.LANCZOS, color=colour)
        return ImageOps.fit(picture, size, Image.Resampling.LANCZOS)

    def to_network(self, rows: Array) -> Array:
        """`[N, H, W, C]` uint8 to float32 in [-1, 1]."""
        return np.asarray(rows, dtype=np.float32) / np.float32(127.5) - np.float32(1.0)

    def from_network(self, outputs: Array) -> Array:
        """Floats in [-1, 1] to uint8 rows."""
        scaled = np.rint((np.asarray(outputs, dtype=np.float32) + 1.0) * 127.5)
        return np.asarray(np.clip(scaled, 0, 255), dtype=np.uint8)

    def picture(self, row: Array) -> Image.Image:
        """A row as a Pillow picture."""
        pixels = np.asarray(row, dtype=np.uint8)
        return Image.fromarray(pixels[..., 0] if self.mode == "L" else pixels)

    def write(self, row: Array, stem: Path) -> Path:
        """Write a row as PNG."""
        path = stem.with_name(stem.name + ".png")
        self.picture(row).save(path, "PNG")
        return path

    def sheet(self, rows: Array, captions: Sequence[str] | None = None, columns: int = 8) -> Array:
        """Contact sheet `[H, W, 3]` uint8."""
        return picture_sheet([flatten(self.picture(row), self.background) for row in rows], captions, columns)


def flatten(picture: Image.Image, background: str) -> Image.Image:
    """Lay a picture with transparency onto a colour; others stay as they are."""
    if picture.mode != "RGBA":
        return picture
    ground = Image.new("RGBA", picture.size, background)
    return Image.alpha_composite(ground, picture).convert("RGB")
