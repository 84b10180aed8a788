"""Decode untrusted image bytes to oriented pixels: allow-listed formats, own pixel limit, no silent repair."""

from __future__ import annotations

import io
import struct
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, TiffImagePlugin, UnidentifiedImageError

from mmcli.modalities.base import Reject
from mmcli.modalities.image import depth, signatures, transparency

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
MAX_BYTES = 64 * 2**20
_UNREAD = "unknown pixel mode"
# Pillow's own limit is a warning or an error depending on the size; `Limits` checks every image by its header.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True)
class Limits:
    """Limits on image sizes, checked by the header before any pixel is decoded."""

    max_pixels: float = 64e6
    min_side: int = 2
    max_aspect: float = 20.0

    def check(self, width: int, height: int) -> None:
        """Raise `Reject` for a size outside the limits."""
        size = f"{width:,} x {height:,} pixels"
        if width * height > self.max_pixels:
            raise Reject("IMG_TOO_LARGE", f"{size}; the maximum is {self.max_pixels:,.0f} pixels")
        if min(width, height) < self.min_side:
            raise Reject("IMG_TOO_SMALL", f"{size}; the minimum side length is {self.min_side}")
        if max(width, height) > self.max_aspect * min(width, height):
            raise Reject("IMG_ASPECT", f"{size}; the maximum aspect ratio is {self.max_aspect:g} to 1")


def decode(data: bytes, draft: tuple[int, int] | None = None, limits: Limits | None = None, top: float | None = None) -> Image.Image:
    """Decode the first frame of an image, oriented, in mode L, RGB or RGBA.

    Args:
        data: Content of the file.
        draft: Minimum useful (width, height); JPEGs are decoded at a reduced scale that covers it.
        limits: Allowed sizes.
        top: The value that becomes white in images of more than 8 bits; None: the largest value of the format.

    Raises:
        Reject: It is not an image in an allowed format, is corrupted, or has an unusable size.
    """
    if not data:
        raise Reject("IMG_EMPTY", "the file has no bytes")
    with warnings.catch_warnings():
        # Pillow warns about corrupted metadata, which is dropped anyway.
        warnings.simplefilter("ignore")
        limits = limits or Limits()
        image = _identify(data, limits)
        limits.check(*image.size)
        if draft:
            image.draft("RGB" if image.mode in ("YCbCr", "RGB") else None, draft)
        try:
            image.load()
        except Exception as error:  # noqa: BLE001 - as above, while decoding
            raise _corrupted(error) from None
        tags = getattr(image, "tag_v2", {})  # of TIFF; turned images have none
        return _to_plain_mode(_orient(image), data, tags, top)


def _identify(data: bytes, limits: Limits) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except UnidentifiedImageError:
        if data.startswith(signatures.PNG) and len(data) >= 24:
            limits.check(*struct.unpack(">II", data[16:24]))
        raise Reject(*_name_foreign(data)) from None
    except Exception as error:  # noqa: BLE001 - corrupted bytes make Pillow's readers raise any exception
        raise _corrupted(error) from None


def _name_foreign(data: bytes) -> tuple[str, str]:
    known = signatures.suffix_for(data)
    if known == ".tif" and _unread_tiff(data):
        return "IMG_FORMAT_REFUSED", "TIFF with this number of channels and bits is not supported; convert it to PNG"
    if known and known != ".bmp":  # a signature of two letters is ambiguous
        return "IMG_CORRUPT", "the file's header cannot be read"
    refused = signatures.refused_format(data)
    if refused:
        return "IMG_FORMAT_REFUSED", f"{refused} images are not supported; convert it to PNG or JPEG"
    return "IMG_UNIDENTIFIED", "the content is not an image in a known format"


def _unread_tiff(data: bytes) -> bool:
    """Whether the header of a TIFF file is fine, but Pillow does not read this kind of pixels."""
    try:
        TiffImagePlugin.TiffImageFile(io.BytesIO(data))
    except SyntaxError as error:
        return str(error) == _UNREAD
    except Exception:  # noqa: BLE001 - as in `_identify`
        return False
    return False


def _corrupted(error: Exception) -> Reject:
    text = str(error).lower()
    if "truncated" in text or "incomplete" in text:
        return Reject("IMG_TRUNCATED", "the file ends before the image is complete")
    return Reject("IMG_CORRUPT", f"the image cannot be decoded: {error}")


def _orient(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # noqa: BLE001 - EXIF blocks are corrupted in many ways; the pixels are fine
        return image


def _to_plain_mode(image: Image.Image, data: bytes, tags: depth.Tags, top: float | None) -> Image.Image:
    """Convert any Pillow mode to L, RGB or RGBA, with key colours as transparency."""
    seen = transparency.opaque(image, data)
    plain = _without_key(image, tags, top)
    return plain if seen is None else transparency.with_alpha(plain, seen)


def _without_key(image: Image.Image, tags: depth.Tags, top: float | None) -> Image.Image:
    if image.mode in ("L", "RGB", "RGBA"):
        return image
    if depth.is_deep(image):
        return depth.to_grey(image, tags, top)
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "La":
        return image.convert("LA").convert("RGBA")
    has_alpha = image.mode in ("LA", "PA", "RGBa") or "transparency" in image.info
    return image.convert("RGBA" if has_alpha else "RGB")
