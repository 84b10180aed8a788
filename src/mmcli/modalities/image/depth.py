"""Pixels of more than 8 bits to 8 bits, by the scale of the format or of the data set, never by an image's own maximum."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from mmcli.modalities.base import Reject

_BITS_PER_SAMPLE, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339  # tags of TIFF
_WHITE_IS_ZERO, _SIGNED = 0, 2
_TOLERANCE = 0.01  # resampling overshoots
Tags = Mapping[int, Any]
_HELP = "state the largest value with --image-range"


def is_deep(image: Image.Image) -> bool:
    """Whether the image is greyscale of more than 8 bits: 16 or 32 bits, or floating point."""
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def to_grey(image: Image.Image, tags: Tags, top: float | None) -> Image.Image:
    """Scale deep greyscale to mode L.

    Args:
        image: A deep image, see `is_deep`.
        tags: Those of its TIFF file, otherwise none.
        top: The value that becomes white; None: the largest value of the format, and 1 for floating point.

    Raises:
        Reject: Pixels are not finite, or outside the scale.
    """
    values = _values(image, tags)
    if not np.isfinite(values).all():
        raise Reject("IMG_CORRUPT", "pixels are NaN or infinite")
    top = top or _top_of(image, tags)
    _check(values, top, image.mode)
    grey = np.clip(np.rint(values * (255.0 / top)), 0, 255).astype(np.uint8)
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        grey = 255 - grey
    return Image.fromarray(grey)


def _values(image: Image.Image, tags: Tags) -> npt.NDArray[np.float64]:
    values = np.asarray(image)
    if image.mode == "I" and _first(tags, _BITS_PER_SAMPLE) == 32 and _first(tags, _SAMPLE_FORMAT) != _SIGNED:
        values = values.view(np.uint32)  # Pillow reads them as signed
    return values.astype(np.float64)


def _top_of(image: Image.Image, tags: Tags) -> float:
    """The largest value of the format."""
    if image.mode == "F":
        return 1.0
    signed = _first(tags, _SAMPLE_FORMAT) == _SIGNED
    bits = _first(tags, _BITS_PER_SAMPLE) or 16
    return float(2 ** (bits - signed) - 1)


def _first(tags: Tags, tag: int) -> int:
    value = tags.get(tag, 0)
    return int(value[0] if isinstance(value, tuple) else value)


def _check(values: npt.NDArray[np.float64], top: float, mode: str) -> None:
    """Raise `Reject` for pixels that the scale would turn into black or white though they are neither."""
    low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
    if low < -_TOLERANCE * top:
        raise Reject("IMG_RANGE", f"pixels reach {low:,.10g}, below 0; convert it to 0 to {top:,.10g}")
    if high > (1 + _TOLERANCE) * top:
        raise Reject("IMG_RANGE", f"pixels reach {high:,.10g}, above the {top:,.10g} of this format; {_HELP}")
    if mode == "I" and 0 < high < top / 510:
        raise Reject("IMG_RANGE", f"pixels reach only {high:,.10g} of the {top:,.10g} of this format and would be black; {_HELP}")
