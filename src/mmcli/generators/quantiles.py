"""The random numbers of generated texts."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mmcli.core.streams import Purpose, generator


def word_quantiles(seeds: npt.ArrayLike, length: int) -> npt.NDArray[np.float32]:
    """Quantiles `[n, length]` at which the tokens of texts are drawn, each row from its text's own seed."""
    return np.stack([generator(seed, Purpose.WORD_CHOICE).random(length) for seed in np.asarray(seeds)]).astype(np.float32)
