"""From the items of a field to tokens `[B, S, D]` and a mask `[B, S]`, one layer per form of an item.

Forms follow from the shape of an item in network form: ids `[T]`, one-hot classes `[K]`, frames `[L, C]`, pictures `[H, W, C]`.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from mmcli.nn.masked import FrameMask
from mmcli.nn.transformer import Attention, Dropout, FeedForward, RmsNorm, as_bias, dense

IDS, CLASSES, FRAMES, PICTURE = "ids", "classes", "frames", "picture"
LONGEST = 4096
_KERNEL = 15
_GAIN = 3.0  # frames are scaled to [-1, 1] from three standard deviations
_GRID = 8  # a picture becomes at most this many tokens per side
_LEAST_CHANNELS = 32
_GROUPS = 8
_SOUND_BLOCKS, _ATTENTION_AFTER = 5, (1, 3)


class ClassTokens(keras.layers.Layer):
    """A class as one token."""

    def __init__(self, dim: int, **kwargs: Any) -> None:
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.dim = dim

    def build(self, shape: Any) -> None:
        self.table = self.add_weight(shape=(shape[-1], self.dim), initializer=keras.initializers.RandomNormal(stddev=1.0), name="classes")

    def call(self, x: Any, drop: Dropout) -> tuple[Any, Any]:
        """`x [B, K]` one-hot."""
        return tf.matmul(x, tf.convert_to_tensor(self.table))[:, None], tf.ones([tf.shape(x)[0], 1], tf.bool)


class GatedConvolution(keras.layers.Layer):
    """Gated linear unit, depthwise convolution over time, linear layer, added to the input (Gulati et al. 2020, convolution module)."""

    def __init__(self, dim: int, **kwargs: Any) -> None:
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.dim, self.norm, self.norm_2, self.widen, self.narrow = dim, RmsNorm(), RmsNorm(), dense(2 * dim), dense(dim)
        self.depthwise = keras.layers.DepthwiseConv1D(_KERNEL, padding="same", dtype="float32")

    def build(self, shape: Any) -> None:
        for layer in (self.norm, self.norm_2, self.widen, self.narrow):
            layer.build((None, self.dim))
        self.depthwise.build((None, None, self.dim))

    def call(self, x: Any, used: Any, drop: Dropout) -> Any:
        """`x [B, S, D]`, `used [B, S, 1]`."""
        rows = tf.reshape(x, (-1, self.dim))
        value, gate = tf.split(tf.cast(self.widen(self.norm(rows)), tf.float32), 2, axis=-1)
        mixed = self.depthwise(tf.reshape(value * tf.sigmoid(gate), tf.shape(x)) * used)
        added = self.narrow(tf.nn.silu(self.norm_2(tf.reshape(mixed, (-1, self.dim)))))
        return x + tf.reshape(drop(tf.cast(added, tf.float32)), tf.shape(x))


class FrameTokens(keras.layers.Layer):
    """A sound as one token for two frames: a strided convolution, then blocks of gated convolution, attention in some, and dense layers.

    Nothing tells the tokens their positions: convolutions see what is near, and a sound is the same at any time.
    """

    def __init__(self, dim: int, heads: int, width: int, **kwargs: Any) -> None:
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.dim, self.mask = dim, FrameMask()
        self.convolutions = [GatedConvolution(dim) for _ in range(_SOUND_BLOCKS)]
        self.attention = {str(i): Attention(dim, heads) for i in _ATTENTION_AFTER}
        self.dense = [FeedForward(dim, width) for _ in range(_SOUND_BLOCKS)]
        self.first = keras.layers.Conv1D(dim, 5, strides=2, padding="valid", dtype=keras.config.dtype_policy())
        self.norm = RmsNorm()

    def build(self, shape: Any) -> None:
        self.first.build(shape)
        blocks: list[keras.layers.Layer] = [*self.convolutions, *self.attention.values(), *self.dense]
        for block in blocks:
            block.build(None)
        self.norm.build((None, self.dim))

    def call(self, x: Any, drop: Dropout) -> tuple[Any, Any]:
        """`x [B, L, C]` in [-1, 1], padded as in `nn.padding`."""
        used = self.mask(x)[:, :, None]
        # Position j reads around 2 j for any L.
        padded = tf.pad(_GAIN * x * used, ((0, 0), (1, 3), (0, 0)))
        found, used = tf.cast(tf.nn.silu(self.first(padded)), tf.float32), used[:, ::2]
        length = tf.shape(used)[1]
        found = found[:, :length] * used
        mask, shape = used[:, :, 0] > 0, (tf.shape(found)[0], length)
        bias = as_bias(mask)
        for i, (convolution, dense_layers) in enumerate(zip(self.convolutions, self.dense, strict=True)):
            rows = tf.reshape(convolution(found, used, drop=drop), (-1, self.dim))
            if str(i) in self.attention:
                rows += self.attention[str(i)](rows, shape, bias)
            rows += drop(dense_layers(rows))
            found = tf.reshape(rows, (*shape, self.dim))
        return tf.reshape(self.norm(tf.reshape(found, (-1, self.dim))), (*shape, self.dim)), mask


class PictureTokens(keras.layers.Layer):
    """A picture as a grid of at most 8 x 8 tokens: convolutions that halve its sides."""

    def __init__(self, dim: int, **kwargs: Any) -> None:
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.dim, self.parts = dim, list[Any]()

    def build(self, shape: Any) -> None:
        side, channels, shape = max(shape[1:3]), _LEAST_CHANNELS, tuple(shape)
        policy = keras.config.dtype_policy()
        while True:
            last = side <= _GRID
            channels = self.dim if last else channels
            convolution = keras.layers.Conv2D(channels, 3, strides=1 if last else 2, padding="same", dtype=policy)
            norm = keras.layers.GroupNormalization(_GROUPS if channels % _GROUPS == 0 else 1, dtype="float32")
            convolution.build(shape)
            shape = convolution.compute_output_shape(shape)
            norm.build(shape)
            self.parts.append((convolution, norm))
            if last:
                break
            side, channels = -(-side // 2), min(2 * channels, self.dim)
        self.place = self.add_weight(
            shape=(shape[1] * shape[2], self.dim), initializer=keras.initializers.RandomNormal(stddev=1.0), name="place"
        )

    def call(self, x: Any, drop: Dropout) -> tuple[Any, Any]:
        """`x [B, H, W, C]` in [-1, 1]."""
        for convolution, norm in self.parts:
            x = tf.nn.silu(norm(tf.cast(convolution(x), tf.float32)))
        tokens = tf.reshape(x, (-1, self.place.shape[0], self.dim)) + tf.convert_to_tensor(self.place)
        return tokens, tf.ones(tf.shape(tokens)[:2], tf.bool)
