"""Fusion methods that work on one vector per field, the mean of its tokens.

Each layer takes `tokens [B, F, T, d]`, zero where absent, and `present [B, F]` bool, and returns the
fused vector `[B, d]`.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

from mmcli.nn.attention import masked_softmax, unit_rms

RANK = 4
_LOG_VARIANCE_LIMIT = 6.0


def field_vectors(tokens: Any) -> Any:
    """One vector per field, `[B, F, d]`, of unit RMS; zero where the field is absent."""
    return unit_rms(ops.mean(tokens, axis=2))


class _Pooled(keras.layers.Layer):
    """Base class: weights with one matrix and bias per field."""

    def per_field(self, name: str, fields: int, width: int, out: int, bias: float = 0.0, rank: int = 0) -> tuple[Any, Any]:
        """Add a kernel `[F, (rank,) width, out]` and a bias `[F, (rank,) out]`."""
        middle = (rank,) if rank else ()
        scale = keras.initializers.RandomNormal(stddev=width**-0.5)
        kernel = self.add_weight(shape=(fields, *middle, width, out), initializer=scale, name=f"{name}_kernel")
        start = keras.initializers.Constant(bias)
        return kernel, self.add_weight(shape=(fields, *middle, out), initializer=start, name=f"{name}_bias")


class Mean(_Pooled):
    """Masked mean of a linear map of each field."""

    def build(self, tokens_shape: Any, present_shape: Any) -> None:
        """Create the weights."""
        _, fields, _, dim = tokens_shape
        self.kernel, self.bias = self.per_field("field", fields, dim, dim)

    def call(self, tokens: Any, present: Any) -> Any:
        """See the module."""
        hidden = ops.einsum("bfd,fde->bfe", field_vectors(tokens), self.kernel) + self.bias
        kept = ops.where(present[:, :, None], hidden, 0.0)
        count = ops.sum(ops.cast(present, kept.dtype), axis=1, keepdims=True)
        return ops.sum(kept, axis=1) / ops.maximum(count, 1.0)


class Concat(_Pooled):
    """A perceptron on all fields' vectors side by side and the mask."""

    def build(self, tokens_shape: Any, present_shape: Any) -> None:
        """Create the weights."""
        _, fields, _, dim = tokens_shape
        self.hidden = keras.layers.Dense(2 * dim, activation="silu", dtype=self.dtype_policy)
        self.out = keras.layers.Dense(dim, dtype=self.dtype_policy)
        self.hidden.build((None, fields * (dim + 1)))
        self.out.build((None, 2 * dim))

    def call(self, tokens: Any, present: Any) -> Any:
        """See the module."""
        _, fields, _, dim = tokens.shape
        flat = ops.reshape(field_vectors(tokens), (-1, fields * dim))
        return self.out(self.hidden(ops.concatenate([flat, ops.cast(present, flat.dtype)], axis=1)))


class Gated(_Pooled):
    """Gated multimodal unit (Arevalo et al. 2017): gates per feature, a softmax over the present fields."""

    def build(self, tokens_shape: Any, present_shape: Any) -> None:
        """Create the weights."""
        _, fields, _, dim = tokens_shape
        self.kernel, self.bias = self.per_field("field", fields, dim, dim)
        self.gate_kernel, self.gate_bias = self.per_field("gate", fields, fields * dim, dim)

    def call(self, tokens: Any, present: Any) -> Any:
        """See the module."""
        _, fields, _, dim = tokens.shape
        vectors = field_vectors(tokens)
        hidden = ops.tanh(ops.einsum("bfd,fde->bfe", vectors, self.kernel) + self.bias)
        flat = ops.reshape(vectors, (-1, fields * dim))
        logits = ops.einsum("bc,fce->bfe", flat, self.gate_kernel) + self.gate_bias
        gates = masked_softmax(ops.transpose(logits, (0, 2, 1)), present[:, None, :])  # [B, d, F]
        return ops.einsum("bef,bfe->be", gates, hidden)


class Bilinear(_Pooled):
    """Low-rank tensor fusion (Liu et al. 2018): a sum over ranks of the product over fields.

    An absent field's factor is 1, the neutral element of the product.
    """

    def build(self, tokens_shape: Any, present_shape: Any) -> None:
        """Create the weights."""
        _, fields, _, dim = tokens_shape
        self.kernel, self.bias = self.per_field("factor", fields, dim, dim, bias=1.0, rank=RANK)
        self.weight = self.add_weight(shape=(RANK, dim), initializer=keras.initializers.RandomNormal(stddev=RANK**-0.5), name="rank_weight")

    def call(self, tokens: Any, present: Any) -> Any:
        """See the module."""
        factors = ops.einsum("bfd,frde->bfre", field_vectors(tokens), self.kernel) + self.bias
        product = ops.prod(ops.where(present[:, :, None, None], factors, 1.0), axis=1)  # [B, rank, d]
        return ops.sum(product * self.weight, axis=1)


class ProductOfExperts(_Pooled):
    """Mean of the product of one Gaussian per present field and a standard normal prior (Wu and Goodman 2018)."""

    def build(self, tokens_shape: Any, present_shape: Any) -> None:
        """Create the weights."""
        _, fields, _, dim = tokens_shape
        self.kernel, self.bias = self.per_field("mean", fields, dim, dim)
        self.variance_kernel, self.variance_bias = self.per_field("log_variance", fields, dim, dim)

    def call(self, tokens: Any, present: Any) -> Any:
        """See the module."""
        vectors = field_vectors(tokens)
        mean = ops.einsum("bfd,fde->bfe", vectors, self.kernel) + self.bias
        log_variance = ops.einsum("bfd,fde->bfe", vectors, self.variance_kernel) + self.variance_bias
        precision = ops.exp(-ops.clip(log_variance, -_LOG_VARIANCE_LIMIT, _LOG_VARIANCE_LIMIT))
        precision = ops.where(present[:, :, None], precision, 0.0)
        return ops.sum(mean * precision, axis=1) / (1.0 + ops.sum(precision, axis=1))


POOLED: dict[str, type[_Pooled]] = {"gated": Gated, "concat": Concat, "mean": Mean, "bilinear": Bilinear, "poe": ProductOfExperts}
