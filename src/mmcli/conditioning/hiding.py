"""Which given fields of a record a step of training sees."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.core.streams import Purpose, generator

Array = npt.NDArray[Any]


def visible_fields(seed: int, step: int, present: Array, dropout: float, unconditional: float) -> Array:
    """Visible fields `[B, F]` bool of a step's records: each is hidden with probability `dropout`, never all of them.

    With probability `unconditional` a record is used without any condition. The result depends only on seed, step and `present`.
    """
    rng = generator(seed, Purpose.CONDITION_SUBSET, step)
    kept = present & (rng.random((len(present), max(1, present.shape[1]))) >= dropout)[:, : present.shape[1]]
    kept = np.where(kept.any(1, keepdims=True), kept, present)
    found: Array = kept & (rng.random(len(present)) >= unconditional)[:, None]
    return found
