"""The n-gram model of letters that helps to read sounds, kept as the weights of a network without inputs of its own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mmcli.generators.sequence.hearing import Fusion
from mmcli.metrics.unpaired.language_model import NgramModel, learn
from mmcli.nn import networks_io
from mmcli.nn.networks_io import Network

Array = npt.NDArray[Any]
NAME = "letters"
_BUILDER, _LAYER = "sequence.letters", "tables"
_MOST_LETTERS = 6  # of an n-gram
_MOST_BITS = 62  # of an n-gram's code


class _Tables(keras.layers.Layer):
    """Codes and counts of n-grams, the longest first; passes its input on."""

    def __init__(self, sizes: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sizes, self.tables = list(sizes), list[tuple[Any, Any]]()

    def build(self, shape: Any) -> None:
        for i, size in enumerate(self.sizes):
            codes = self.add_weight(shape=(size,), dtype="int64", initializer="zeros", trainable=False, name=f"codes_{i}")
            counts = self.add_weight(shape=(size,), dtype="float32", initializer="zeros", trainable=False, name=f"counts_{i}")
            self.tables.append((codes, counts))

    def call(self, x: Any) -> Any:
        return x


def network(*, base: int, sizes: list[int], weight: float, bonus: float) -> keras.Model:
    """Build the network.

    Args:
        base: Number of different letters, with a start and an end.
        sizes: Number of different n-grams of each length, the longest first.
        weight: See `hearing.Fusion`, as for the following.
        bonus: Added per letter.
    """
    if not sizes or base < 3 or len(sizes) * math.log2(base) > _MOST_BITS + 1:
        raise ValueError("n-grams of this length have no codes")
    x = keras.Input((1,))
    return keras.Model(x, _Tables(sizes, name=_LAYER)(x), name=NAME)


def learnt(texts: Sequence[Array], vocabulary: int) -> NgramModel:
    """A model of the letters of texts."""
    order = max(1, min(_MOST_LETTERS, int(_MOST_BITS / math.log2(vocabulary + 2))))
    return learn([text.tolist() for text in texts], vocabulary, order)


def kept(fusion: Fusion) -> Network:
    """The network that keeps a model."""
    model, weight, bonus = fusion.model, fusion.weight, fusion.bonus
    sizes = [len(codes) for codes, _ in model.tables]
    found = networks_io.build(_BUILDER, {"base": model.base, "sizes": sizes, "weight": weight, "bonus": bonus})
    for ours, theirs in zip(found.model.get_layer(_LAYER).tables, model.tables, strict=True):
        for variable, values in zip(ours, theirs, strict=True):
            variable.assign(values)
    return found


def fusion_of(found: Network | None) -> Fusion | None:
    """What a kept network adds to the letters of a sound."""
    if found is None:
        return None
    tables = [(np.asarray(codes), np.asarray(counts, np.float64)) for codes, counts in found.model.get_layer(_LAYER).tables]
    return Fusion(NgramModel(tables, found.config["base"]), found.config["weight"], found.config["bonus"])
