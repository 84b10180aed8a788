"""How like images are to what they should be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmcli.metrics.bootstrap import Pooled
from mmcli.metrics.paired.best import best_of
from mmcli.metrics.paired.ssim import ssim
from mmcli.modalities.base import Codec
from mmcli.modalities.likeness import Forms, Likeness

_PIXELS = 500 * 128 * 128


class ImageLikeness(Likeness):
    """Structural similarity of rows."""

    def most(self, codec: Codec) -> int:
        """Fewer of large images: 500 of up to 128 x 128, 125 of 256 x 256, at least 100."""
        height, width, _ = codec.row_shape
        return int(np.clip(_PIXELS / (height * width), 100, 500))

    def scores(self, items: Forms, references: Sequence[Forms]) -> dict[str, Pooled]:
        """SSIM."""
        return {"ssim": best_of(lambda one, other: ssim(np.stack(one), np.stack(other)), items, references, np.maximum)}


LIKENESS = ImageLikeness()
