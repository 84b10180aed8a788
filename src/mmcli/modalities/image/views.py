"""Light random changes of pictures in training: what they show stays the same."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from mmcli.nn.draws import Draws
from mmcli.nn.warp import Warp, warped

_WARP = Warp(turn=0.2, zoom=(0.12, 0.12), shift=(0.08, 0.08))
_NOISE = 0.05


def view(x: Any, strength: float, draws: Draws) -> Any:
    """Pictures `[B, H, W, C]` in [-1, 1] turned, scaled, shifted and noisy; never mirrored."""
    moved = warped(x, _WARP, strength, draws)
    return moved + strength * _NOISE * draws.normal(tf.shape(x), part=1)
