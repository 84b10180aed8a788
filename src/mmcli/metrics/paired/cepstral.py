"""Mel-cepstral distortion of sounds of different timing (Kubichek 1993), along the best alignment of their frames.

With cepstra c of the natural logarithm of magnitudes, two frames differ by 10 / ln 10 * sqrt(2 * sum of (c - c')^2) dB, without
the 0th coefficient, which is loudness. By Parseval's theorem that is the root mean square difference of their smoothed
mel spectra in dB: with an orthonormal cosine transform of M bands, 20 / ln 10 * sqrt(sum of (C - C')^2 / M).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import fft
from scipy.spatial.distance import cdist

Floats = npt.NDArray[np.floating]
COEFFICIENTS = 13
_DB = 20.0 / np.log(10.0)


def cepstra(log_bands: Floats) -> Floats:
    """Coefficients 1 to 13, in dB, `[..., 13]` of natural logarithms of mel bands `[..., M]`."""
    whole = fft.dct(log_bands, type=2, norm="ortho")[..., 1 : COEFFICIENTS + 1]
    return np.asarray(_DB / np.sqrt(log_bands.shape[-1]) * whole)


def distortion_db(x: Floats, y: Floats) -> float:
    """Mean distance in dB of frames `[T, 13]` and `[S, 13]` along the alignment with the least sum (dynamic time warping)."""
    from librosa.sequence import dtw

    costs = cdist(x, y)
    _, path = dtw(C=costs)
    return float(costs[path[:, 0], path[:, 1]].mean())
