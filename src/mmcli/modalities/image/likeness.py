"""How like images are to what they should be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mmcli.metrics.bootstrap import Pooled
from mmcli.metrics.paired.best import best_of
from mmcli.metrics.paired.ssim import ssim
from mmcli.modalities.likeness import Forms, Likeness


class ImageLikeness(Likeness):
    """Structural similarity of rows."""

    def scores(self, items: Forms, references: Sequence[Forms]) -> dict[str, Pooled]:
        """SSIM."""
        return {"ssim": best_of(lambda one, other: ssim(np.stack(one), np.stack(other)), items, references, np.maximum)}


LIKENESS = ImageLikeness()
