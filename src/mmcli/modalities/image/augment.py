"""Random changes of pictures that keep what they show: rotation, shift, zoom, crop, flips, colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)


@dataclass(frozen=True)
class ImageChanges:
    """How far each change may go; 0 leaves it out.

    Attributes:
        rotate_degrees: Largest angle, to either side.
        shift: Largest shift, as a share of the side.
        zoom: Largest relative change of size.
        crop: Largest share of each side that is cut off; what is left is enlarged.
        flip: `none`, `horizontal`, `vertical` or `both`.
        colour: Largest relative change of brightness, contrast and saturation.
    """

    rotate_degrees: float = 10.0
    shift: float = 0.08
    zoom: float = 0.1
    crop: float = 0.0
    flip: str = "none"
    colour: float = 0.1

    def apply(self, row: Pixels, rng: np.random.Generator) -> Pixels:
        """A changed copy of a picture `[H, W, C] uint8`."""
        return self._recoloured(self._flipped(self._moved(row, rng), rng), rng)

    def _moved(self, row: Pixels, rng: np.random.Generator) -> Pixels:
        """One affine map with bilinear interpolation; what comes in from outside repeats the edge."""
        from scipy import ndimage

        height, width, channels = row.shape
        angle = np.deg2rad(rng.uniform(-self.rotate_degrees, self.rotate_degrees))
        kept = 1.0 - rng.uniform(0.0, self.crop)
        scale = kept / (1.0 + rng.uniform(-self.zoom, self.zoom))
        size = np.array([height, width])
        # A crop may lie anywhere inside, so it moves the centre as well.
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
