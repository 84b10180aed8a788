"""Texts in graphs: their network form, and light random changes in training."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from mmcli.core.token_ids import FIRST_WORD, UNKNOWN
from mmcli.nn.draws import Draws

_UNKNOWN_SHARE = 0.1


def network_form(rows: Any) -> Any:
    """Ids `[B, T]` as they are, int32."""
    return tf.cast(rows, tf.int32)


def view(ids: Any, strength: float, draws: Draws) -> Any:
    """Ids `[B, T]` with some words made unknown, so that new texts may hold new words."""
    hidden = draws.uniform(tf.shape(ids)) < min(0.9, strength * _UNKNOWN_SHARE)
    return tf.where(hidden & (ids >= FIRST_WORD), UNKNOWN, ids)
