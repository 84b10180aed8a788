"""Untrusted picture bytes to oriented pixels: allow-listed formats, own pixel cap, no silent repair."""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from mmcli.modalities.base import Reject
from mmcli.modalities.image import signatures

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
MAX_BYTES = 64 * 2**20
# Pillow's own limit is a warning or an error depending on the size; `Limits` judges every picture by its header.
Image.MAX_IMAGE_PIXELS = None
_DEEP_MODES = ("I", "I;16", "I;16B", "I;16L", "F")


@dataclass(frozen=True)
class Limits:
    """Which pictures are read: judged by their header, before any pixel is decoded."""

    max_pixels: float = 64e6
    min_side: int = 2
    max_aspect: float = 20.0

    def check(self, width: int, height: int) -> None:
        """Raise `Reject` for a size outside the limits."""
        size = f"{width:,} x {height:,} pixels"
        if width * height > self.max_pixels:
            raise Reject("IMG_TOO_LARGE", f"{size}; at most {self.max_pixels:,.0f} pixels are read")
        if min(width, height) < self.min_side:
            raise Reject("IMG_TOO_SMALL", f"{size}; the least side is {self.min_side}")
        if max(width, height) > self.max_aspect * min(width, height):
            raise Reject("IMG_ASPECT", f"{size}; sides of more than {self.max_aspect:g} to 1 are not read")


def decode(data: bytes, draft: tuple[int, int] | None = None, limits: Limits | None = None) -> Image.Image:
    """First frame of a picture, oriented, in mode L, RGB or RGBA.

    Args:
        data: Content of the file.
        draft: Smallest useful (width, height); JPEGs are decoded at a reduced scale that covers it.
        limits: Which sizes are read.

    Raises:
        Reject: It is no picture of an allowed format, is damaged, or has an unusable size.
    """
    if not data:
        raise Reject("IMG_EMPTY", "the file has no bytes")
    with warnings.catch_warnings():
        # Pillow warns about damaged metadata, which is dropped anyway.
        warnings.simplefilter("ignore")
        limits = limits or Limits()
        picture = _identify(data, limits)
        limits.check(*picture.size)
        if draft:
            picture.draft("RGB" if picture.mode in ("YCbCr", "RGB") else None, draft)
        try:
            picture.load()
        except Exception as error:  # noqa: BLE001 - as above, while decoding
            raise _damaged(error) from None
        return to_plain_mode(_orient(picture))


def _identify(data: bytes, limits: Limits) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        if data.startswith(signatures.PNG) and len(data) >= 24:
            limits.check(*struct.unpack(">II", data[16:24]))
        raise Reject(*_name_foreign(data)) from None
    except Exception as error:  # noqa: BLE001 - Pillow's readers raise whatever broken bytes lead to
        raise _damaged(error) from None


def _name_foreign(data: bytes) -> tuple[str, str]:
    known = signatures.suffix_for(data)
    if known and known != ".bmp":  # two letters may begin anything
        return "IMG_CORRUPT", "the file's header cannot be read"
    refused = signatures.refused_format(data)
    if refused:
        return "IMG_FORMAT_REFUSED", f"{refused} pictures are not read; convert it to PNG or JPEG"
    return "IMG_UNIDENTIFIED", "the content is no picture of a known format"


def _damaged(error: Exception) -> Reject:
    text = str(error).lower()
    if "truncated" in text or "incomplete" in text:
        return Reject("IMG_TRUNCATED", "the file ends before the picture does")
    return Reject("IMG_CORRUPT", f"the picture cannot be decoded: {error}")


def _orient(picture: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # noqa: BLE001 - EXIF blocks break in many ways; the pixels are fine
        return picture


def to_plain_mode(picture: Image.Image) -> Image.Image:
    """Any Pillow mode to L, RGB or RGBA; deep greys are scaled to 8 bits."""
    if picture.mode in ("L", "RGB", "RGBA"):
        return picture
    if picture.mode in _DEEP_MODES:
        return _deep_to_grey(picture)
    if picture.mode == "1":
        return picture.convert("L")
    has_alpha = picture.mode in ("LA", "PA", "La", "RGBa") or "transparency" in picture.info
    return picture.convert("RGBA" if has_alpha else "RGB")


def _deep_to_grey(picture: Image.Image) -> Image.Image:
    import numpy as np

    values = np.asarray(picture, dtype=np.float64)
    if not np.isfinite(values).all():
        raise Reject("IMG_CORRUPT", "pixels are NaN or infinite")
    top = 1.0 if picture.mode == "F" and values.max(initial=0.0) <= 1.0 else 255.0 if values.max(initial=0.0) <= 255.0 else 65535.0
    return Image.fromarray(np.clip(np.rint(values * (255.0 / top)), 0, 255).astype(np.uint8), "L")
