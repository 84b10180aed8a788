"""Structural similarity of images (SSIM, Wang et al. 2004, "Image quality assessment: from error visibility to structural similarity")."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Array = npt.NDArray[np.generic]
Wide = npt.NDArray[np.float64]
_SIGMA, _RADIUS = 1.5, 5  # pixels: the Gaussian window of 11 x 11 of the paper
_C1, _C2 = 0.01**2, 0.03**2
_LUMA = (0.299, 0.587, 0.114)  # ITU-R BT.601
_BLOCK = 64


def luma(images: Array) -> Wide:
    """Brightness `[N, H, W]` in 0 to 1 of images `[N, H, W, C]` uint8 with 1, 3 or 4 channels; what is transparent is white."""
    wide = np.asarray(images, dtype=np.float64) / 255.0
    grey = wide[..., 0] if wide.shape[-1] < len(_LUMA) else wide[..., :3] @ np.array(_LUMA)
    return grey if wide.shape[-1] != 4 else grey * wide[..., 3] + 1.0 - wide[..., 3]


def ssim(x: Array, y: Array) -> Wide:
    """Mean SSIM of pairs of images `[N, H, W, C]` uint8, by their brightness, `[N]`; 1 for equal images.

    The mean is over the places where the window is inside the image, or over all if the image is smaller than the window.
    """
    blocks = range(0, len(x), _BLOCK)
    return np.concatenate([_ssim(luma(x[i : i + _BLOCK]), luma(y[i : i + _BLOCK])) for i in blocks]) if len(x) else np.zeros(0)


def _ssim(x: Wide, y: Wide) -> Wide:
    mean_x, mean_y = _local(x), _local(y)
    var_x, var_y, both = _local(x * x) - mean_x**2, _local(y * y) - mean_y**2, _local(x * y) - mean_x * mean_y
    found = (2 * mean_x * mean_y + _C1) * (2 * both + _C2) / ((mean_x**2 + mean_y**2 + _C1) * (var_x + var_y + _C2))
    if min(x.shape[1:]) > 2 * _RADIUS:
        found = found[:, _RADIUS:-_RADIUS, _RADIUS:-_RADIUS]
    return np.asarray(found.mean((1, 2)))


def _local(x: Wide) -> Wide:
    return np.asarray(ndimage.gaussian_filter(x, (0, _SIGMA, _SIGMA), radius=(0, _RADIUS, _RADIUS)))
