"""What fitting images into rows costs: enlargement, cropping, padding, distortion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from mmcli.core.ledger import Ledger

if TYPE_CHECKING:
    from mmcli.modalities.image.codec import ImageCodec

Floats = npt.NDArray[np.float64]
FAR = 0.5  # from this fraction on, what is lost is reported
_LOSS = {"crop": "cropped by half or more; --fit pad keeps all", "pad": "half or more is padding", "squeeze": "squeezed by half or more"}


@dataclass(frozen=True)
class Fits:
    """How all images of a field fit.

    Attributes:
        codec: Its size, `fit` and, for `squeeze`, the typical aspect ratio.
        loss: `[n]`, see `loss_of`.
        scale: `[n]`, see `scale_of`.
    """

    codec: ImageCodec
    loss: Floats
    scale: Floats

    @classmethod
    def of(cls, codec: ImageCodec, sizes: npt.NDArray[np.integer[Any]]) -> Self:
        """Those of images with widths and heights `[n, 2]`."""
        width, height = sizes.T
        return cls(codec, loss_of(codec, width, height), scale_of(codec, width, height))

    def account(self, name: str, ledger: Ledger) -> None:
        """Note the number of images that were enlarged, and of those of which much was lost."""
        codec, of = self.codec, len(self.scale)
        larger = f"enlarged to {codec.width} x {codec.height} pixels, by a factor of up to {self.scale.max(initial=1.0):.3g}"
        ledger.change(name, larger, count=int((self.scale > 1.0).sum()), of=of)
        ledger.change(name, _LOSS[codec.fit], count=int((self.loss >= FAR).sum()), of=of)


def loss_of(codec: ImageCodec, width: Any, height: Any) -> Any:
    """Fraction of images that is cropped, of rows that is padding, or by which squeezed images differ from the typical aspect ratio."""
    wanted = codec.aspect if codec.fit == "squeeze" and codec.aspect > 0 else codec.width / codec.height
    ratio = width / height / wanted
    return 1.0 - np.minimum(ratio, 1.0 / ratio)


def scale_of(codec: ImageCodec, width: Any, height: Any) -> Any:
    """Factor by which images are enlarged; below 1 they are reduced."""
    factors = codec.width / width, codec.height / height
    return np.minimum(*factors) if codec.fit == "pad" else np.maximum(*factors)


def loss_in_words(codec: ImageCodec, width: int, height: int) -> str:
    """A clause about an image of which much is lost; empty for others."""
    lost = float(loss_of(codec, width, height))
    if lost < FAR:
        return ""
    percent, shape = f"{100 * lost:.0f} %", f"its aspect ratio is {_ratio(width / height)}"
    if codec.fit == "squeeze":
        return f"it is squeezed by {percent} more than the train images: {shape}"
    what = f"{percent} of it is cropped" if codec.fit == "crop" else f"{percent} of what networks see of it is padding"
    return f"{what}: {shape}, that of the data set {_ratio(codec.width / codec.height)}"


def _ratio(aspect: float) -> str:
    return f"{aspect:.3g}:1" if aspect >= 1 else f"1:{1 / aspect:.3g}"
