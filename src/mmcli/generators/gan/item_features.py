"""A feature space for the items of a field: the trunk of a GAN's discriminator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError
from mmcli.generators.base import Features
from mmcli.nn import networks_io
from mmcli.nn.chunks import in_chunks
from mmcli.nn.graphs import graph

Array = npt.NDArray[Any]
_CHUNK = 64
_TRUNK = "feature"  # the layer of `critic.critic_head` that reads the trunk


class ItemFeatures(Features):
    """Unit vectors of items in network form, with distance 1 - cosine.

    The discriminator's trunk was trained on the same field to detect every detail that distinguishes
    real from generated items, and does not read the condition.

    Args:
        discriminator: See `critic.critic_head`.
    """

    name = "the discriminator's features"

    def __init__(self, discriminator: keras.Model) -> None:
        trunk = discriminator.get_layer(_TRUNK).input
        self._model = keras.Model(discriminator.input["item"], trunk)
        self._graph = graph(self.tensor)

    @classmethod
    def load(cls, folder: Path) -> ItemFeatures:
        """From a `gan` artifact whose target is not text.

        Raises:
            IntegrityError: Its discriminator is missing, or another network.
        """
        network = networks_io.load(folder, ("discriminator",))[0].get("discriminator")
        model = networks_io.check_ports(network, "discriminator", visible(folder), inputs={"condition": (None, None)})
        if "item" not in model.input or _TRUNK not in {layer.name for layer in model.layers}:
            raise IntegrityError("the discriminator has no features", visible(folder), "train again")
        return cls(model)

    def tensor(self, items: tf.Tensor) -> tf.Tensor:
        """Features `[n, F]` of items `[n, ...]`, differentiable."""
        found = tf.cast(self._model(items, training=False), tf.float32)
        return tf.math.l2_normalize(tf.reshape(found, (tf.shape(found)[0], -1)), 1)

    def __call__(self, items: Array) -> Array:
        """Features `[n, F]` float32 of items in network form."""
        (found,) = in_chunks(lambda x: self._graph(tf.constant(x)), (np.asarray(items, dtype=np.float32),), _CHUNK)
        return found
