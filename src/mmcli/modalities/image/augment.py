"""Augmentation of images that preserves their content: rotation, shift, zoom, crop, flips, colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True)
class ImageChanges:
    """Maximum strength of each change; 0 disables it.

    Attributes:
        rotate_degrees: Maximum angle in either direction.
        shift: Maximum shift, as a fraction of the side length.
        zoom: Maximum relative change of size.
        crop: Maximum fraction of each side that is cropped; the rest is enlarged.
        flip: `none`, `horizontal`, `vertical` or `both`.
        colour: Maximum relative change of brightness, contrast and saturation.
    """

    rotate_degrees: float = 10.0
    shift: float = 0.08
    zoom: float = 0.1
    crop: float = 0.0
    flip: str = "none"
    colour: float = 0.1

    def apply(self, row: Pixels, rng: np.random.Generator) -> Pixels:
        """Augmented copy of an image `[H, W, C] uint8`."""
        return self._recoloured(self._flipped(self._moved(row, rng), rng), rng)

    def _moved(self, row: Pixels, rng: np.random.Generator) -> Pixels:
        """Apply an affine map with bilinear interpolation; outside pixels repeat the edge."""
        from scipy import ndimage

        height, width, channels = row.shape
        angle = np.deg2rad(rng.uniform(-self.rotate_degrees, self.rotate_degrees))
        kept = 1.0 - rng.uniform(0.0, self.crop)
        scale = kept / (1.0 + rng.uniform(-self.zoom, self.zoom))
        size = np.array([height, width])
        # A crop may be anywhere inside, so it moves the centre as well.
        move = (rng.uniform(-self.shift, self.shift, 2) + rng.uniform(-0.5, 0.5, 2) * (1.0 - kept)) * size
        matrix = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        centre = (size - 1) / 2
        offset = centre - matrix @ centre + move
        planes = [
            ndimage.affine_transform(row[..., c].astype(np.float32), matrix, offset, order=1, mode="nearest") for c in range(channels)
        ]
        return np.asarray(np.clip(np.rint(np.stack(planes, axis=2)), 0, 255), dtype=np.uint8)

    def _flipped(self, row: Pixels, rng: np.random.Generator) -> Pixels:
        sideways, upside = rng.random(2) < 0.5
        if self.flip in ("horizontal", "both") and sideways:
            row = row[:, ::-1]
        if self.flip in ("vertical", "both") and upside:
            row = row[::-1]
        return row

    def _recoloured(self, row: Pixels, rng: np.random.Generator) -> Pixels:
        brightness, contrast, saturation = 1.0 + rng.uniform(-self.colour, self.colour, 3)
        colours = min(row.shape[2], 3)
        values = row[..., :colours].astype(np.float32) * np.float32(brightness)
        mean = values.mean()
        values = (values - mean) * np.float32(contrast) + mean
        if colours == 3:
            grey = (values @ _LUMA)[..., None]
            values = grey + (values - grey) * np.float32(saturation)
        result = row.copy()
        result[..., :colours] = np.clip(np.rint(values), 0, 255).astype(np.uint8)
        return result
