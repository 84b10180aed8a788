"""Perceptual hashes of images: pHash, the signs of their lowest frequencies.

Zauner, Implementation and Benchmarking of Perceptual Image Hash Functions, 2010: the discrete cosine transform of the
luma, of which the 8 x 8 lowest coefficients are compared with their median. Here it is taken of the row, for all rows of a
chunk at once.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mmcli.modalities.base import Array
from mmcli.modalities.identity import Identity, digest, packed

ALIKE = 0.993  # correlation of the pixels; those of handwritten digits of one class with close hashes reach 0.990
_SIDE = 8
_MOST_PIXELS = 32  # per side; larger images are thinned out
_FLAT = 0.1  # of the coefficients of a plain image, but for rounding
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def identities(rows: Array, contents: Sequence[bytes | memoryview]) -> list[Identity]:
    """Identities of images.

    Args:
        rows: The images at one size `[n, H, W, C]` uint8.
        contents: Their bytes at all sizes.
    """
    luma = _luma(rows[:, :: _step(rows.shape[1]), :: _step(rows.shape[2])])
    low = _cosines(luma.shape[1]) @ luma @ _cosines(luma.shape[2]).T  # [n, 8, 8]
    values = low.reshape(len(rows), -1)
    hashes = packed(values > np.median(values[:, 1:], axis=1, keepdims=True))
    found = [Identity(digest(content), code) for content, code in zip(contents, hashes, strict=True)]
    for number in np.flatnonzero(np.abs(values[:, 1:]).max(axis=1) < _FLAT).tolist():
        if (rows[number] == rows[number, 0, 0]).all():
            found[number] = Identity(digest(contents[number]))
    return found


def _step(pixels: int) -> int:
    return -(-pixels // _MOST_PIXELS)


def _luma(rows: Array) -> npt.NDArray[np.float32]:
    values = rows.astype(np.float32)
    return values[..., 0] if values.shape[-1] == 1 else values[..., :3] @ _LUMA


@functools.cache
def _cosines(pixels: int) -> npt.NDArray[np.float32]:
    """The lowest cosines `[8, pixels]`."""
    places = (np.arange(pixels) + 0.5) / pixels
    return np.cos(np.pi * np.outer(np.arange(_SIDE), places)).astype(np.float32)
