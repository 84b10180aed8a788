"""Shared parts of the generators and discriminators of all modalities."""

from __future__ import annotations

from typing import Any

import keras

_layers = keras.layers


def condition_embedding(condition: Any, width: int, *, unit: bool = False) -> Any:
    """Linear embedding of the condition, of unit root mean square, so that its scale cannot drift.

    With `unit` it is of unit length instead, like a one-hot vector, so that it does not dominate the
    noise z: measured on Fashion-MNIST after 128,000 images, the images of one class vary as much as
    real ones (standard deviation of a pixel 43), instead of a sixth of that.
    """
    e = _layers.LayerNormalization(center=False, scale=False)(_layers.Dense(width, use_bias=False)(condition))
    return _layers.Rescaling(width**-0.5)(e) if unit else e


def critic_head(features: Any, condition: Any, projection: int) -> dict[str, Any]:
    """Outputs of a discriminator: its logit is `logit + <feature, embedded> / sqrt(projection)`.

    They are separate so that a mismatched condition costs one inner product, not another pass
    (projection discriminator, Miyato and Koyama 2018).

    Args:
        features: `[B, F]`.
        condition: `[B, C]`.
        projection: Width of the inner product.
    """
    return {
        # The largest product of a small discriminator, so in the policy's precision; its result is float32.
        "feature": _layers.Activation("linear", dtype="float32")(_layers.Dense(projection, name="feature")(features)),
        "embedded": _layers.Dense(projection, dtype="float32", name="embedded")(condition),
        "logit": _layers.Dense(1, dtype="float32", name="logit")(features),
    }
