"""Transparency by a key colour: the tRNS chunk of PNG, whose values are at the bit depth of the file."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from mmcli.modalities.image import signatures

_DEPTH_AT = 24  # of the bits per channel in a PNG file


def opaque(image: Image.Image, data: bytes) -> npt.NDArray[np.bool_] | None:
    """Which pixels `[H, W]` differ from the key colour, or None if there is none.

    Args:
        image: As decoded, before any conversion; palettes are excluded, since Pillow converts their transparency.
        data: Content of the file.
    """
    key = image.info.get("transparency")
    if image.mode in ("P", "PA") or key is None or isinstance(key, bytes):
        return None
    depth = data[_DEPTH_AT] if data.startswith(signatures.PNG) else 8
    pixels = np.asarray(image)
    if image.mode == "1":
        pixels = pixels.astype(np.uint8) * 255
    seen = np.array([_at_depth(value, depth, image.mode) for value in (key if isinstance(key, tuple) else (key,))])
    return np.asarray((pixels.reshape(*pixels.shape[:2], -1) != seen).any(axis=2))


def _at_depth(value: int, depth: int, mode: str) -> int:
    """A value of the file as a value of the decoded pixels."""
    if mode == "1":
        return value  # 0 or 255 already
    if depth < 8:
        return value * 255 // ((1 << depth) - 1)
    if depth == 16:
        return value if mode.startswith("I") else value >> 8  # Pillow drops the low byte of 16-bit colours
    return value & 0xFF


def with_alpha(image: Image.Image, seen: npt.NDArray[np.bool_]) -> Image.Image:
    """An image in mode L or RGB as RGBA."""
    found = image.convert("RGB")
    found.putalpha(Image.fromarray(seen.astype(np.uint8) * 255))
    return found
