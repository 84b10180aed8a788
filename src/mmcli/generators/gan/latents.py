"""Noise vectors of generators: from seeds, truncated, and interpolated."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from mmcli.core.streams import Purpose, generator

Array = npt.NDArray[Any]
_LEAST_SINE = 1e-4  # no unique arc between nearly parallel or opposite vectors


def noise(seeds: npt.ArrayLike, width: int, truncation: float | None = None) -> Array:
    """Noise vectors `[n, width]` float32, one per seed.

    Args:
        seeds: `[n]` integers.
        width: Dimension of a vector.
        truncation: Bound, see `truncated`; `None` for no truncation.
    """
    drawn = [generator(seed, Purpose.LATENT).standard_normal(width) for seed in np.asarray(seeds)]
    z = np.stack(drawn) if drawn else np.zeros((0, width))
    return (truncated(z, truncation) if truncation else z).astype(np.float32)


def truncated(z: Array, bound: float) -> Array:
    """Map normal samples to the normal distribution truncated at +-`bound`, by quantile.

    They are distributed as if samples beyond the bound were redrawn (Brock et al. 2019,
    arXiv 1809.11096), and a seed's item stays similar to the untruncated one.
    """
    low, high = ndtr(-bound), ndtr(bound)
    moved: Array = ndtri(low + ndtr(z) * (high - low))
    return np.clip(moved, -bound, bound)


def between(a: Array, b: Array, fraction: Array) -> Array:
    """Spherical interpolation from rows of `a` to rows of `b`, `[n, d]` float32.

    Direction and length change uniformly; linear interpolation of normal noise would give
    vectors much shorter than those seen in training.

    Args:
        a: `[n, d]`.
        b: `[n, d]`.
        fraction: `[n]`, from 0 (exactly `a`) to 1 (exactly `b`).
    """
    t = np.asarray(fraction, dtype=np.float64)[:, None]
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    length_x, length_y = (np.linalg.norm(v, axis=1, keepdims=True) for v in (x, y))
    unit_x, unit_y = x / np.maximum(length_x, 1e-12), y / np.maximum(length_y, 1e-12)
    angle = np.arccos(np.clip((unit_x * unit_y).sum(1, keepdims=True), -1.0, 1.0))
    sine = np.sin(angle)
    bent = (sine > _LEAST_SINE) & (length_x > 0) & (length_y > 0)
    safe = np.where(bent, sine, 1.0)
    direction = (np.sin((1.0 - t) * angle) * unit_x + np.sin(t * angle) * unit_y) / safe
    found = np.where(bent, direction * ((1.0 - t) * length_x + t * length_y), (1.0 - t) * x + t * y).astype(np.float32)
    return np.where(t <= 0.0, a, np.where(t >= 1.0, b, found)).astype(np.float32)
