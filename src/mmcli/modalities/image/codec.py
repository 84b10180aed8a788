"""Images: files <-> `[H, W, C] uint8` rows <-> floats in [-1, 1]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from PIL import Image, ImageOps

from mmcli.modalities.base import CODEC, Array, ContinuousCodec, Reject
from mmcli.modalities.files import read_bytes
from mmcli.modalities.image import decode
from mmcli.modalities.image.fits import loss_in_words
from mmcli.modalities.remarks import Remark
from mmcli.modalities.sheets import image_sheet

_CHANNELS = {"L": 1, "RGB": 3, "RGBA": 4}


@dataclass(frozen=True)
class ImageCodec(ContinuousCodec):
    """Images of one size and colour mode.

    Attributes:
        height: Height in pixels.
        width: Width in pixels.
        mode: `L`, `RGB` or `RGBA`.
        fit: How a different aspect ratio is handled: `crop`, `pad` or `squeeze`.
        background: Colour of padding and behind transparency, `#RRGGBB`.
        aspect: Width over height of written images; differs from the row's after `squeeze`.
        scales: Heights of the additional sizes stored as `fields/NAME.HEIGHT.npy`.
        white: Value of white in greyscale images of more than 8 bits; 0: the largest value of the format.
    """

    modality: ClassVar[str] = "image"

    height: int
    width: int
    mode: str = "RGB"
    fit: str = "crop"
    background: str = "#ffffff"
    aspect: float = 0.0
    scales: tuple[int, ...] = ()
    white: float = 0.0

    @property
    def row_shape(self) -> tuple[int, ...]:
        """`(H, W, C)`."""
        return (self.height, self.width, _CHANNELS[self.mode])

    def describe(self) -> dict[str, Any]:
        """Entry of the manifest."""
        white = f"{self.white:g}" if self.white else "the largest value of the format, 1 for floating point"
        facts: dict[str, Any] = {"units": "0 to 255", "white": white, "mode": self.mode, "fit": self.fit}
        if self.fit == "squeeze":
            facts["aspect"] = self.aspect
        if self.scales:
            facts["scales"] = list(self.scales)
        return {"modality": "image", "shape": list(self.row_shape), "dtype": "uint8", **facts}

    def to_json(self) -> dict[str, Any]:
        """Complete state."""
        return {"modality": "image", **asdict(self), "scales": list(self.scales)}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        """Inverse of `to_json`; raises `IntegrityError`."""
        from mmcli.artifacts.schema import check
        from mmcli.modalities.image.state import ImageState

        check(ImageState, state, CODEC, "")
        known = {key: value for key, value in state.items() if key != "modality"}
        return cls(**{**known, "scales": tuple(state.get("scales", ()))})

    def read(self, source: Path | str) -> Array:
        """Read an image file into a row; raises `Reject`."""
        return self.row(self._decoded(source))

    def _decoded(self, source: Path | str) -> Image.Image:
        data = read_bytes(Path(source), decode.MAX_BYTES, "IMG_TOO_LARGE")
        return decode.decode(data, self.draft_size, top=self.white or None)

    def remarks(self, value: str, *, row: bool = False) -> list[Remark]:
        """Whether the image has one colour only, and what of it is cropped."""
        del row
        image = self._decoded(value)
        pixels = self.row(image)
        found = [Remark("of a single colour", "says nothing: every pixel has the same colour")] if (pixels == pixels[0, 0]).all() else []
        lost = loss_in_words(self, *image.size)
        return [*found, Remark("of a far aspect ratio", lost)] if lost else found

    @property
    def draft_size(self) -> tuple[int, int]:
        """Size from which a JPEG can be reduced to the row without visible loss."""
        return (2 * self.width, 2 * self.height)

    def at_scale(self, height: int) -> ImageCodec:
        """The same codec for another height, with the width in proportion."""
        return replace(self, height=height, width=max(1, round(height * self.width / self.height)), scales=())

    def row(self, image: Image.Image) -> Array:
        """Fit an image in mode L, RGB or RGBA into `[H, W, C] uint8`."""
        try:
            # Fitted first, which makes the image small; Pillow weights colours by their alpha.
            fitted = self._fit(image)
        except (ValueError, MemoryError) as error:
            raise Reject("IMG_CORRUPT", f"the image cannot be resized: {error}") from None
        plain = fitted if self.mode == "RGBA" else flatten(fitted, self.background)
        return np.asarray(plain.convert(self.mode), dtype=np.uint8).reshape(self.row_shape)

    def _fit(self, image: Image.Image) -> Image.Image:
        size = (self.width, self.height)
        if image.size == size:
            return image
        if self.fit == "squeeze":
            return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
        if self.fit == "crop":
            return ImageOps.fit(image, size, Image.Resampling.LANCZOS)
        inner = ImageOps.contain(image, size, Image.Resampling.LANCZOS)
        transparent = self.mode == "RGBA"
        ground = Image.new("RGBA" if transparent else "RGB", size, self.background + ("00" if transparent else ""))
        whole = flatten(inner, self.background) if not transparent else inner.convert("RGBA")
        ground.paste(whole, ((size[0] - inner.width) // 2, (size[1] - inner.height) // 2))
        return ground

    def to_network(self, rows: Array) -> Array:
        """`[N, H, W, C]` uint8 to float32 in [-1, 1]."""
        return np.asarray(rows, dtype=np.float32) / np.float32(127.5) - np.float32(1.0)

    def from_network(self, outputs: Array) -> Array:
        """Floats in [-1, 1] to uint8 rows."""
        scaled = np.rint((np.asarray(outputs, dtype=np.float32) + 1.0) * 127.5)
        return np.asarray(np.clip(scaled, 0, 255), dtype=np.uint8)

    def picture(self, row: Array) -> Image.Image:
        """A row as a Pillow image; squeezed ones get the train images' typical aspect ratio back."""
        pixels = np.asarray(row, dtype=np.uint8)
        image = Image.fromarray(pixels[..., 0] if self.mode == "L" else pixels)
        if self.fit != "squeeze" or self.aspect <= 0:
            return image
        wide = self.aspect * self.height >= self.width
        size = (round(self.height * self.aspect), self.height) if wide else (self.width, round(self.width / self.aspect))
        return image.resize(size, Image.Resampling.BICUBIC)

    def items(self, rows: Array) -> list[Any]:
        """Rows as PIL images, see `picture`."""
        return [self.picture(row) for row in rows]

    def write(self, row: Array, stem: Path) -> Path:
        """Write a row as PNG, see `picture`."""
        path = stem.with_name(stem.name + ".png")
        self.picture(row).save(path, "PNG")
        return path

    def sheet(self, rows: Array, captions: Sequence[str] | None = None, columns: int = 8) -> Array:
        """Contact sheet `[H, W, 3]` uint8."""
        return image_sheet([flatten(self.picture(row), self.background) for row in rows], captions, columns)


def flatten(image: Image.Image, background: str) -> Image.Image:
    """Composite an image with transparency onto a colour; others are returned unchanged."""
    if image.mode != "RGBA":
        return image
    ground = Image.new("RGBA", image.size, background)
    return Image.alpha_composite(ground, image).convert("RGB")
