"""Fusion: the tokens of a record's available fields become one condition and K latent tokens.

Every method masks absent fields before any arithmetic, so that their content cannot affect the
output, and ends in the same readout; a record without any field gives zeros.
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
_FLOAT32 = "float32"  # regardless of the policy: conditions are computed once and stored


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
        heads: Number of attention heads; must divide d.
        layers: Number of self-attention layers (ignored by methods without attention).
        method: One of `METHODS`.

    Raises:
        ValueError: The sizes are inconsistent or out of bounds.
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
        raise ValueError(f"the dimension {dim} is not a multiple of {heads} heads")
    if dim * dim * (latents + fields * fields) + fields * tokens * dim > _MAX_WEIGHTS:
        raise ValueError("the network is too large")


def attention_model(model: keras.Model) -> keras.Model | None:
    """A network with the same inputs that returns the queries' weights `[B, heads, K, F * T]`; `None` without attention."""
    names = [layer.name for layer in model.layers]
    if "query_pool" not in names:
        return None
    return keras.Model(model.input, model.get_layer("query_pool").output[1])


class HideAbsent(keras.layers.Layer):
    """Replace the tokens of absent fields by zeros; also returns the mask as bool `[B, F]`."""

    def call(self, tokens: Any, mask: Any) -> tuple[Any, Any]:
        """`tokens [B, F, T, d]`, `mask [B, F]`."""
        present = mask > 0.5
        # A selection, not a product: NaN times zero would be NaN.
        return ops.where(present[:, :, None, None], tokens, 0.0), present


class FieldTokens(keras.layers.Layer):
    """All fields' tokens in one sequence `[B, F * T, d]`, with embeddings of field and position.

    Also returns the mask of existing tokens, `[B, F * T]`, and of the allowed attention, `[B, 1 or F * T, F * T]`:
    to every existing token or, `across` fields, to those of the other fields only.
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
        # Tokens of unit length have a small RMS; after scaling, the embedding is small relative to them.
        x = unit_rms(tokens) + self.embedding
        keys = ops.repeat(present, per_field, axis=1)
        pairs = keys[:, None, :]
        if self.across:
            number = ops.repeat(ops.arange(fields), per_field)
            pairs = ops.logical_and(pairs, (number[:, None] != number[None, :])[None])
        return ops.reshape(x, (-1, fields * per_field, dim)), keys, pairs


class Readout(keras.layers.Layer):
    """Condition = the fused vector plus a projection of the latents; both outputs have unit RMS."""

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
