"""Spectrograms in graphs: their network form, and light random changes in training."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from mmcli.nn.draws import Draws
from mmcli.nn.warp import Warp, warped

_WARP = Warp(zoom=(0.1, 0.03), shift=(0.06, 0.01))
_LEVEL = 0.1
_NOISE = 0.1


def network_form(rows: Any) -> Any:
    """Rows `[B, frames, bands]` float16 as float32."""
    return tf.cast(rows, tf.float32)


def view(x: Any, strength: float, draws: Draws) -> Any:
    """Spectrograms `[B, frames, bands]` in [-1, 1] stretched and shifted, louder or quieter, noisy."""
    moved = warped(x[..., None], _WARP, strength, draws)[..., 0]
    level = _LEVEL * draws.uniform([tf.shape(x)[0], 1, 1], low=-1.0, part=1)
    return moved + strength * (level + _NOISE * draws.normal(tf.shape(x), part=2))
