"""Light random changes of spectrograms in training."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from mmcli.nn.warp import Warp, warped

_WARP = Warp(zoom=(0.1, 0.03), shift=(0.06, 0.01))
_LEVEL = 0.1
_NOISE = 0.1


def view(x: Any, strength: float, key: Any) -> Any:
    """Spectrograms `[B, frames, bands]` in [-1, 1] stretched and shifted, louder or quieter, noisy."""
    moved = warped(x[..., None], _WARP, strength, key)[..., 0]
    level = _LEVEL * tf.random.stateless_uniform([tf.shape(x)[0], 1, 1], key + 1, -1.0, 1.0)
    return moved + strength * (level + _NOISE * tf.random.stateless_normal(tf.shape(x), key + 2))
