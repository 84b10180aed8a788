"""The end of an encoder: from a sequence and its mask to one vector and a few tokens."""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from mmcli.nn.layers import AttentionPool

_layers = keras.layers


class AllPositions(keras.layers.Layer):
    """The mask of sequences without padding: `[B, S, C]` to `[B, S]`, all 1."""

    def call(self, sequence: Any) -> Any:
        return ops.ones(ops.shape(sequence)[:2], dtype="float32")

    def compute_output_spec(self, sequence: Any) -> Any:
        return keras.KerasTensor(sequence.shape[:2], dtype="float32")


def encoder_head(sequence: Any, dim: int, tokens: int, mask: Any = None) -> dict[str, Any]:
    """Outputs of an encoder whose learned queries attend to the sequence; see `encoder_outputs`.

    Args:
        sequence: `[B, S, C]`.
        dim: Width of the shared space.
        tokens: Number of tokens.
        mask: `[B, S]`, 1 for valid positions; all by default.
    """
    mask = AllPositions()(sequence) if mask is None else mask
    pooled = AttentionPool(tokens)([sequence, mask])
    kept = _layers.Dense(dim, name="tokens")(pooled)
    vector = _layers.UnitNormalization(dtype="float32", name="vector")(_layers.Dense(dim)(_layers.Flatten()(kept)))
    return encoder_outputs(sequence, mask, vector, kept, pooled)


def encoder_outputs(sequence: Any, mask: Any, vector: Any, tokens: Any, features: Any) -> dict[str, Any]:
    """Outputs of every encoder.

    Returns:
        `sequence [B, S, C]` with its `mask [B, S]` (bool), before any pooling; `vector [B, d]` of unit length;
        `tokens [B, T, d]`, and the same before projection, `features [B, T, C]`. All but the mask are float32.
    """
    outputs = {"sequence": ("sequence", sequence), "tokens": ("kept", tokens), "features": ("features", features)}
    floats = {key: _layers.Activation("linear", dtype="float32", name=name)(x) for key, (name, x) in outputs.items()}
    return {"vector": vector, "mask": ops.cast(mask, "bool"), **floats}
