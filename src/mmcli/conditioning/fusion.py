"""Fusion: the tokens of whichever fields a record has become one condition and K latent tokens.

Every method hides an absent field before any arithmetic, so that its content cannot change a bit
of the output, and ends in the same readout; a record with no field at all gives zeros.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from mmcli.conditioning.pooled_fusion import POOLED
from mmcli.nn.attention import QueryPool, SelfAttention, unit_rms
from mmcli.nn.layers import MaskedMean

METHODS = ("attention", "cross-attention", *POOLED)
_MAX_FIELDS = 64
_MAX_WEIGHTS = 200_000_000
_FLOAT32 = "float32"  # whatever the policy: conditions are computed once and kept


def fusion(*, fields: int, tokens: int, dim: int, latents: int, heads: int, layers: int, method: str = "attention") -> keras.Model:
    """Build a fusion network.

    Inputs: `tokens [B, F, T, d]` and `mask [B, F]` (1 where the record has the field). Outputs:
    `condition [B, d]` and `latents [B, K, d]`, both of unit root mean square, or all zero for a
    record without any field.

    Args:
        fields: F.
        tokens: T, tokens per field.
        dim: d.
        latents: K.
        heads: Attention heads; d is a multiple of them.
        layers: Self-attention layers (the methods without attention have none).
        method: One of `METHODS`.

    Raises:
        ValueError: The numbers do not fit each other, or are out of bounds.
    """
    _check(fields, tokens, dim, latents, heads, method)
    inputs = {"tokens": keras.Input((fields, tokens, dim), name="tokens"), "mask": keras.Input((fields,), name="mask")}
    clean, present = HideAbsent(dtype=_FLOAT32, name="hide_absent")(inputs["tokens"], inputs["mask"])
    if method in POOLED:
        fused = POOLED[method](dtype=_FLOAT32, name=method)(clean, present)
        latent = keras.layers.Dense(latents * dim, dtype=_FLOAT32, name="latents")(fused)
        latent = keras.layers.Reshape((latents, dim), dtype=_FLOAT32)(latent)
    else:
        x, keys, pairs = FieldTokens(across=method == "cross-attention", dtype=_FLOAT32, name="field_tokens")(clean, present)
        for number in range(layers):
            x = SelfAttention(dim, heads, dtype=_FLOAT32, name=f"self_attention_{number}")(x, pairs)
        latent, _ = QueryPool(dim, latents, heads, dtype=_FLOAT32, name="query_pool")(x, keys)
        fused = MaskedMean(dtype=_FLOAT32, name="masked_mean")(x, keys)
    condition, latent = Readout(dtype=_FLOAT32, name="readout")(fused, latent, present)
    return keras.Model(inputs, {"condition": condition, "latents": latent}, name="fusion")


def _check(fields: int, tokens: int, dim: int, latents: int, heads: int, method: str) -> None:
    if method not in METHODS:
        raise ValueError(f"unknown method {method}")
    if min(fields, tokens, dim, latents, heads) < 1 or fields > _MAX_FIELDS:
        raise ValueError(f"sizes must be at least 1, and fields at most {_MAX_FIELDS}")
    if dim % heads:
        raise ValueError(f"the width {dim} is no multiple of {heads} heads")
    if dim * dim * (latents + fields * fields) + fields * tokens * dim > _MAX_WEIGHTS:
        raise ValueError("the network is too large")


def attention_model(model: keras.Model) -> keras.Model | None:
    """A network with the same inputs that returns the queries' weights `[B, heads, K, F * T]`; `None` without attention."""
    names = [layer.name for layer in model.layers]
    if "query_pool" not in names:
        return None
    return keras.Model(model.input, model.get_layer("query_pool").output[1])


class HideAbsent(keras.layers.Layer):
    """Replace the tokens of absent fields by zeros; also gives the mask as bool `[B, F]`."""

    def call(self, tokens: Any, mask: Any) -> tuple[Any, Any]:
        """`tokens [B, F, T, d]`, `mask [B, F]`."""
        present = mask > 0.5
        # A choice, not a product: a NaN times zero would be a NaN.
        return ops.where(present[:, :, None, None], tokens, 0.0), present


class FieldTokens(keras.layers.Layer):
    """All fields' tokens in one sequence `[B, F * T, d]`, each with its field's and place's embedding.

    Also returns which tokens exist, `[B, F * T]`, and which each may look at, `[B, 1 or F * T, F * T]`:
    every existing one or, `across` fields, those of the other fields alone.
    """

    def __init__(self, *, across: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.across = across

    def build(self, tokens_shape: Any, present_shape: Any) -> None:
        """Create the weights."""
        self.embedding = self.add_weight(
            shape=tuple(tokens_shape[1:]), initializer=keras.initializers.RandomNormal(stddev=0.1), name="embedding"
        )

    def call(self, tokens: Any, present: Any) -> tuple[Any, Any, Any]:
        """`tokens [B, F, T, d]`, `present [B, F]` bool."""
        fields, per_field, dim = tokens.shape[1:]
        # Of unit length tokens have a tiny RMS; the embedding is small beside them after scaling.
        x = unit_rms(tokens) + self.embedding
        keys = ops.repeat(present, per_field, axis=1)
        pairs = keys[:, None, :]
        if self.across:
            number = ops.repeat(ops.arange(fields), per_field)
            pairs = ops.logical_and(pairs, (number[:, None] != number[None, :])[None])
        return ops.reshape(x, (-1, fields * per_field, dim)), keys, pairs


class Readout(keras.layers.Layer):
    """Condition = the fused vector plus a projection of the latents; both leave with unit RMS."""

    def build(self, fused_shape: Any, latents_shape: Any, present_shape: Any) -> None:
        """Create the weights."""
        _, count, dim = latents_shape
        self.projection = keras.layers.Dense(dim, dtype=self.dtype_policy)
        self.projection.build((None, count * dim))

    def call(self, fused: Any, latents: Any, present: Any) -> tuple[Any, Any]:
        """`fused [B, d]`, `latents [B, K, d]`, `present [B, F]` bool."""
        latents = unit_rms(latents)
        flat = ops.reshape(latents, (-1, latents.shape[1] * latents.shape[2]))
        condition = unit_rms(fused + self.projection(flat))
        some = ops.any(present, axis=1)
        return ops.where(some[:, None], condition, 0.0), ops.where(some[:, None, None], latents, 0.0)
