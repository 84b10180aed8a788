"""When two decoded items are the same, or nearly: a digest of the content, and a perceptual hash of 64 bits.

Items whose hashes differ by at most `MOST_BITS` are candidates; the modality then compares the items themselves, since
different items of simple content, such as two handwritten ones, may have close hashes.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

MOST_BITS = 6
_DIGITS = 32


class Identity(NamedTuple):
    """Identity of an item.

    Attributes:
        content: Digest that is the same for items that are equal after decoding; None for silence, of which many sounds have a window.
        hash: Perceptual hash, similar for similar items; None if there is none, as for an image of one colour.
    """

    content: str | None
    hash: int | None = None


def digest(content: bytes | memoryview) -> str:
    """Digest of an item's content."""
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


def packed(bits: npt.NDArray[np.bool_]) -> list[int]:
    """Hashes of their bits `[n, 64]`."""
    return np.packbits(bits, axis=1).view(">u8")[:, 0].tolist()  # type: ignore[no-any-return]


def correlations(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Correlation `[n]` of the values of each pair of items `[n, ...]`."""
    flat = [np.asarray(items, dtype=np.float32).reshape(len(items), -1) for items in (first, second)]
    a, b = (items - items.mean(axis=1, keepdims=True) for items in flat)
    products = np.einsum("ij,ij->i", a, b), np.einsum("ij,ij->i", a, a), np.einsum("ij,ij->i", b, b)
    return np.asarray(products[0] / np.sqrt(np.maximum(products[1] * products[2], 1e-12)), dtype=np.float32)
