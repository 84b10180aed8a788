"""`r3gan` networks for images: residual blocks without normalisation (Huang et al. 2024, arXiv 2501.05441).

A block is x + W3 act(W2 act(W1 x)) with an inverted bottleneck of twice the channels. Fix-up
initialisation (Zhang et al. 2019, arXiv 1901.09321) replaces normalisation: W3 starts at zero and the
others are scaled by the number of blocks.
"""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops

from mmcli.nn.critic import condition_embedding, critic_head
from mmcli.nn.layers import ConditionalAffine

_MAX_WIDENING = 8
_SLOPE = 0.2
_EXPANSION = 2
_layers = keras.layers


class Basis(keras.layers.Layer):
    """A learned map times its inputs: `[B, C]` to `[B, H, W, C]`."""

    def __init__(self, height: int, width: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.height, self.width = height, width

    def build(self, input_shape: Any) -> None:
        shape = (self.height, self.width, input_shape[-1])
        self.basis = self.add_weight(shape=shape, initializer=keras.initializers.RandomNormal(stddev=1.0), name="basis")

    def call(self, x: Any) -> Any:
        return self.basis * x[:, None, None, :]

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[0], self.height, self.width, input_shape[-1])


class WeightedSum(keras.layers.Layer):
    """A depthwise convolution as large as its input: `[B, H, W, C]` to `[B, C]`."""

    def build(self, input_shape: Any) -> None:
        spread = 1.0 / math.sqrt(input_shape[1] * input_shape[2])
        initializer = keras.initializers.RandomNormal(stddev=spread)
        self.basis = self.add_weight(shape=tuple(input_shape[1:]), initializer=initializer, name="basis")

    def call(self, x: Any) -> Any:
        return ops.sum(x * self.basis, axis=(1, 2))

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (input_shape[0], input_shape[-1])


class Upsample(keras.layers.Layer):
    """Upsample by 2 with the kernel [1, 3, 3, 1] along both axes; edges are repeated."""

    def call(self, x: Any) -> Any:
        for axis in (1, 2):
            x = self._doubled(x, axis)
        return x

    def _doubled(self, x: Any, axis: int) -> Any:
        size = x.shape[axis]
        before, after = (_slice(_edge_padded(x, axis), axis, begin, size) for begin in (0, 2))
        pair = ops.stack([0.25 * before + 0.75 * x, 0.75 * x + 0.25 * after], axis=axis + 1)
        shape = [-1 if i == 0 else n for i, n in enumerate(x.shape)]
        shape[axis] = 2 * size
        return ops.reshape(pair, shape)

    def compute_output_shape(self, shape: Any) -> Any:
        return (shape[0], 2 * shape[1], 2 * shape[2], shape[3])


class Downsample(keras.layers.Layer):
    """Downsample by 2 with the kernel [1, 3, 3, 1] along both axes; edges are repeated. Sides are even."""

    def call(self, x: Any) -> Any:
        for axis in (1, 2):
            padded, half = _edge_padded(x, axis), x.shape[axis] // 2
            parts = [_slice(padded, axis, begin, half, 2) for begin in range(4)]
            x = (parts[0] + parts[3]) * 0.125 + (parts[1] + parts[2]) * 0.375
        return x

    def compute_output_shape(self, shape: Any) -> Any:
        return (shape[0], shape[1] // 2, shape[2] // 2, shape[3])


def _edge_padded(x: Any, axis: int) -> Any:
    return ops.pad(x, [(1, 1) if i == axis else (0, 0) for i in range(4)], mode="symmetric")


def _slice(x: Any, axis: int, begin: int, count: int, stride: int = 1) -> Any:
    index = [slice(None)] * 4
    index[axis] = slice(begin, begin + (count - 1) * stride + 1, stride)
    return x[tuple(index)]


def generator(*, shape: list[int], noise: int, condition: int, width: int = 32, depth: int = 2, embedding: int = 64) -> keras.Model:
    """Generator: a learned 4 x 4 map, then stages of `depth` blocks with upsampling in between.

    Inputs `noise [B, noise]` and `condition [B, condition]`; output `[B, H, W, C]`, not bounded.
    """
    height, breadth, colours = shape
    channels, start = stages(shape, width)
    z, c = keras.Input((noise,), name="noise"), keras.Input((condition,), name="condition")
    e = condition_embedding(c, embedding, unit=True)
    x = Basis(*start)(_linear(channels[-1])(_layers.Concatenate()([z, e])))
    for level in reversed(range(len(channels))):
        if level < len(channels) - 1:
            x = Upsample()(_changed(x, channels[level]))
        for _ in range(depth):
            x = _block(x, depth * len(channels), e)
    x = _layers.Conv2D(colours, 1, dtype="float32", kernel_initializer=_gain(1.0))(x)
    top, left = (x.shape[1] - height) // 2, (x.shape[2] - breadth) // 2
    x = _layers.Cropping2D(((top, x.shape[1] - height - top), (left, x.shape[2] - breadth - left)), dtype="float32")(x)
    return keras.Model({"noise": z, "condition": c}, x, name="image_generator")


def discriminator(*, shape: list[int], condition: int, width: int = 32, depth: int = 2, projection: int = 128) -> keras.Model:
    """Discriminator: the generator mirrored, with a projection on the condition.

    Inputs `item [B, H, W, C]` and `condition [B, condition]`; see `critic_head` for the outputs.
    """
    channels, start = stages(shape, width)
    item, c = keras.Input(tuple(shape), name="item"), keras.Input((condition,), name="condition")
    full = [side * 2 ** (len(channels) - 1) for side in start]
    more = [n - m for n, m in zip(full, shape, strict=False)]
    padding = tuple((n // 2, n - n // 2) for n in more)
    x = _layers.ZeroPadding2D(padding)(item) if any(more) else item
    x = _layers.Conv2D(channels[0], 1, use_bias=False, kernel_initializer=_gain(1.0))(x)
    for level, count in enumerate(channels):
        if level:
            x = _changed(Downsample()(x), count)
        for _ in range(depth):
            x = _block(x, depth * len(channels))
    return keras.Model({"item": item, "condition": c}, critic_head(WeightedSum()(x), c, projection), name="image_discriminator")


def stages(shape: list[int], width: int) -> tuple[list[int], tuple[int, int]]:
    """Channels per stage, from the highest resolution, and the lowest resolution: about 4 on its shorter side."""
    halvings = max(1, round(math.log2(min(shape[0], shape[1]) / 4)))
    channels = [width * min(2**level, _MAX_WIDENING) for level in range(halvings + 1)]
    return channels, (math.ceil(shape[0] / 2**halvings), math.ceil(shape[1] / 2**halvings))


def _block(x: Any, blocks: int, e: Any = None) -> Any:
    channels = x.shape[-1]
    gain = math.sqrt(2 / (1 + _SLOPE**2)) * blocks**-0.25
    y = _layers.Conv2D(_EXPANSION * channels, 1, kernel_initializer=_gain(gain))(x)
    if e is not None:
        y = ConditionalAffine()([y, e])
    y = _layers.LeakyReLU(_SLOPE)(y)
    y = _layers.LeakyReLU(_SLOPE)(_layers.Conv2D(_EXPANSION * channels, 3, padding="same", kernel_initializer=_gain(gain))(y))
    y = _layers.Conv2D(channels, 1, use_bias=False, kernel_initializer="zeros")(y)
    return _layers.Add()([x, y])


def _changed(x: Any, channels: int) -> Any:
    return x if x.shape[-1] == channels else _layers.Conv2D(channels, 1, use_bias=False, kernel_initializer=_gain(1.0))(x)


def _linear(units: int) -> Any:
    return _layers.Dense(units, use_bias=False, kernel_initializer=_gain(1.0))


def _gain(gain: float) -> Any:
    """Normal weights of standard deviation gain / sqrt(fan_in)."""
    return keras.initializers.VarianceScaling(scale=gain**2, mode="fan_in", distribution="untruncated_normal")
