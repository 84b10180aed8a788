"""Head of text encoders: pools the features of the positions to one vector."""

from __future__ import annotations

from typing import Any

import keras

from mmcli.nn.heads import encoder_head, encoder_outputs
from mmcli.nn.layers import AttentionPool, MaskedMean

POOLINGS = ("attention", "mean", "sif", "cls")


class FirstPosition(keras.layers.Layer):
    """Feature of the first position: `[B, T, C]` to `[B, C]`."""

    def call(self, x: Any) -> Any:
        return x[:, 0]

    def compute_output_shape(self, x_shape: Any) -> Any:
        return (x_shape[0], x_shape[2])


def pooled_head(sequence: Any, mask: Any, dim: int, tokens: int, pooling: str, sif: Any = None) -> dict[str, Any]:
    """Outputs of an encoder, see `nn.heads.encoder_outputs`.

    Args:
        sequence: `[B, T, C]`.
        mask: `[B, T]`, 1 for valid positions.
        dim: Width of the shared space.
        tokens: Number of tokens.
        pooling: `attention` reads tokens by attention and computes the vector from them. With `mean`,
            `cls` (first position) or `sif` (the argument `sif`) the projected summary is the vector
            and the first token; attention reads the other tokens, with the same projection.
        sif: SIF summary `[B, C]`; for `sif` only.
    """
    if pooling not in POOLINGS or (pooling == "sif" and sif is None):
        raise ValueError(f"{pooling} does not pool this sequence")
    if pooling == "attention":
        return encoder_head(sequence, dim, tokens, mask)
    summary = sif if pooling == "sif" else FirstPosition()(sequence) if pooling == "cls" else MaskedMean()(sequence, mask)
    kept = keras.layers.Reshape((1, summary.shape[-1]))(summary)
    if tokens > 1:
        kept = keras.layers.Concatenate(axis=1)([kept, AttentionPool(tokens - 1)([sequence, mask])])
    features, kept = kept, keras.layers.Dense(dim, name="tokens")(kept)
    vector = keras.layers.UnitNormalization(dtype="float32", name="vector")(FirstPosition()(kept))
    return encoder_outputs(sequence, mask, vector, kept, features)
