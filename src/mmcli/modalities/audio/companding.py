"""A-law and mu-law (ITU-T G.711): one byte per sample, as a table of its 256 values."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mmcli.modalities.audio.headers import A_LAW, MU_LAW

_BIAS = 0x84  # of mu-law


def _mu_law() -> npt.NDArray[np.float32]:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    size = (((code & 0x0F) << 3) + _BIAS << (code >> 4 & 7)) - _BIAS
    return _signed(size, code & 0x80 == 0)


def _a_law() -> npt.NDArray[np.float32]:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment, step = code >> 4 & 7, ((code & 0x0F) << 4) + 8
    size = np.where(segment == 0, step, step + 0x100 << np.maximum(segment - 1, 0))
    return _signed(size, code & 0x80 != 0)


def _signed(size: npt.NDArray[np.int32], positive: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    return (np.where(positive, size, -size) / 2**15).astype(np.float32)


TABLES = {A_LAW: _a_law(), MU_LAW: _mu_law()}
