"""What fitting images into rows costs: enlargement, cropping, padding, distortion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from mmcli.core.ledger import Ledger

Floats = npt.NDArray[np.float64]
FAR = 0.5  # from this fraction on, what is lost is reported
_LOSS = {"crop": "cropped by half or more; --fit pad keeps all", "pad": "half or more is padding", "squeeze": "squeezed by half or more"}


@dataclass(frozen=True)
class Frame:
    """The rows into which images are fitted: size in pixels, `fit` and, for `squeeze`, the typical aspect ratio."""

    width: int
    height: int
    fit: str
    aspect: float = 0.0

    @classmethod
    def of(cls, codec: Any) -> Self:
        """That of an `ImageCodec`."""
        return cls(codec.width, codec.height, codec.fit, codec.aspect)

    def loss(self, width: Any, height: Any) -> Any:
        """Fraction of images that is cropped, of rows that is padding, or by which squeezed images differ from the typical aspect ratio."""
        wanted = self.aspect if self.fit == "squeeze" and self.aspect > 0 else self.width / self.height
        ratio = np.asarray(width, np.float64) / np.asarray(height, np.float64) / wanted
        return 1.0 - np.minimum(ratio, 1.0 / ratio)

    def scale(self, width: Any, height: Any) -> Any:
        """Factor by which images are enlarged; below 1 they are reduced."""
        factors = self.width / np.asarray(width, np.float64), self.height / np.asarray(height, np.float64)
        return np.minimum(*factors) if self.fit == "pad" else np.maximum(*factors)


@dataclass(frozen=True)
class Fits:
    """How all images of a field fit.

    Attributes:
        frame: The rows.
        loss: `[n]`, see `Frame.loss`.
        scale: `[n]`, see `Frame.scale`.
    """

    frame: Frame
    loss: Floats
    scale: Floats

    @classmethod
    def of(cls, codec: Any, sizes: npt.NDArray[np.integer[Any]]) -> Self:
        """Those of images with widths and heights `[n, 2]`."""
        frame = Frame.of(codec)
        return cls(frame, frame.loss(sizes[:, 0], sizes[:, 1]), frame.scale(sizes[:, 0], sizes[:, 1]))

    def account(self, name: str, ledger: Ledger) -> None:
        """Note the number of images that were enlarged, and of those of which much was lost."""
        frame, of = self.frame, len(self.scale)
        larger = f"enlarged to {frame.width} x {frame.height} pixels, by a factor of up to {self.scale.max(initial=1.0):.3g}"
        ledger.change(name, larger, count=int((self.scale > 1.0).sum()), of=of)
        ledger.change(name, _LOSS[frame.fit], count=int((self.loss >= FAR).sum()), of=of)


def loss_in_words(codec: Any, width: int, height: int) -> str:
    """A clause about an image of which much is lost; empty for others."""
    frame = Frame.of(codec)
    lost = float(frame.loss(width, height))
    if lost < FAR:
        return ""
    percent, shape = f"{100 * lost:.0f} %", f"its aspect ratio is {_ratio(width / height)}"
    if frame.fit == "squeeze":
        return f"it is squeezed by {percent} more than the train images: {shape}"
    what = f"{percent} of it is cropped" if frame.fit == "crop" else f"{percent} of what networks see of it is padding"
    return f"{what}: {shape}, that of the data set {_ratio(frame.width / frame.height)}"


def _ratio(aspect: float) -> str:
    return f"{aspect:.3g}:1" if aspect >= 1 else f"1:{1 / aspect:.3g}"
