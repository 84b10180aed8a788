"""How images are displayed and measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from mmcli.metrics.histogram import histogram
from mmcli.modalities.base import Array
from mmcli.modalities.show import Show, StoredField, blocks, spread

_PLAIN = 1.0  # images whose pixels differ by less count as uniform


class ImageShow(Show):
    """Images are displayed."""

    histograms: ClassVar[Mapping[str, str]] = {
        "brightness": "mean of the pixels",
        "contrast": "standard deviation of the pixels",
        "aspect": "width over height",
    }

    def measure(self, field: StoredField, present: Array) -> dict[str, Any]:
        """Brightness, contrast, number of uniform images and, if it was kept, the aspect ratio."""
        found = [block.reshape(len(block), -1) for block in blocks(field.rows, spread(present))]
        means = np.concatenate([block.mean(axis=1) for block in found]) if found else np.zeros(0)
        sds = np.concatenate([block.std(axis=1) for block in found]) if found else np.zeros(0)
        facts = {"brightness": histogram(means), "contrast": histogram(sds), "plain": int((sds < _PLAIN).sum())}
        aspects = field.column("aspect")
        return facts | ({"aspect": histogram(np.array([value for value in aspects if value]))} if aspects else {})


SHOW = ImageShow()
