"""Texts as the CTC head spells them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.generators.sequence.inputs import unpadded
from mmcli.modalities.base import TokenCodec
from mmcli.modalities.sequences import PaddedItems, RaggedRows

Array = npt.NDArray[Any]


class Spellings:
    """Texts letter by letter.

    Args:
        codec: Their codec.
        texts: The texts.
        count: Number of texts to spell: all, or none if there is nothing to hear.

    Attributes:
        letters: Ids of each text's letters.
    """

    def __init__(self, codec: TokenCodec, texts: PaddedItems, count: int) -> None:
        self.letters: list[Array] = [codec.spelled(row) for row in unpadded(texts, np.arange(count))]
        sounds = codec.sounds()
        self._sounds = RaggedRows([sounds[letters] for letters in self.letters])  # capitals sound as small letters

    def padded(self, numbers: Array) -> tf.Tensor:
        """What CTC learns of some texts, `[n, U]`; without letters `[n, 0]`."""
        if not self.letters:
            return tf.zeros([len(numbers), 0], tf.int32)
        return tf.constant(self._sounds.padded(numbers, max(1, int(self._sounds.lengths[numbers].max(initial=1)))))
