"""Texts in graphs: network form and training augmentation."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from mmcli.core.token_ids import FIRST_WORD, UNKNOWN
from mmcli.nn.draws import Draws

_UNKNOWN_SHARE = 0.1


def network_form(rows: Any) -> Any:
    """Ids `[B, T]` unchanged, int32."""
    return tf.cast(rows, tf.int32)


def view(ids: Any, strength: float, draws: Draws) -> Any:
    """Augment ids `[B, T]`: replace some words by the unknown token, so that unseen words are tolerated."""
    hidden = draws.uniform(tf.shape(ids)) < min(0.9, strength * _UNKNOWN_SHARE)
    return tf.where(hidden & (ids >= FIRST_WORD), UNKNOWN, ids)
