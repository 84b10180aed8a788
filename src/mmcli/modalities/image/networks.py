"""Networks for images `[H, W, C]` in [-1, 1]."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import keras

from mmcli.nn.critic import condition_embedding, critic_head
from mmcli.nn.heads import encoder_head
from mmcli.nn.layers import ConditionalAffine
from mmcli.nn.strided import DoublingConv2D, HalvingConv2D

_MAX_WIDENING = 8
_layers = keras.layers


def encoder(
    *,
    shape: list[int],
    dim: int,
    tokens: int,
    width: int = 32,
    scales: list[int] = [],  # noqa: B006 - never modified; recipes contain lists
) -> keras.Model:
    """Convolutional encoder: stride-2 residual blocks down to about 4 x 4, then pooled tokens.

    Input `[B, H, W, C]`; outputs as `nn.heads.encoder_outputs`.

    Args:
        shape: `[H, W, C]`.
        dim: Width of the shared space.
        tokens: Number of tokens.
        width: Channels of the first block.
        scales: Additional heights, smaller than H, at which the same blocks read the image; the
            tokens are pooled over the positions of all scales.
    """
    image = keras.Input(tuple(shape))
    blocks = [_residual_block(width * min(2**level, _MAX_WIDENING)) for level in range(num_halvings(shape))]
    views = [image]
    for height in scales:
        if not 1 <= height < shape[0]:
            raise ValueError(f"the scale {height} is not smaller than the image")
        views.append(_layers.Resizing(height, max(1, round(height * shape[1] / shape[0])), antialias=True)(image))
    sequences = []
    for view in views:
        x: Any = view
        for block in blocks:
            x = block(x)
        sequences.append(_layers.Reshape((-1, x.shape[-1]))(x))
    sequence = _layers.Concatenate(axis=1)(sequences) if scales else sequences[0]
    return keras.Model(image, encoder_head(sequence, dim, tokens), name="image_encoder")


def _residual_block(channels: int) -> Callable[[Any], Any]:
    """Downsampling residual block; its weights are shared by all calls."""
    halve = _layers.Conv2D(channels, 3, strides=2, padding="same", use_bias=False)
    norms = [_layers.GroupNormalization(groups=math.gcd(8, channels)) for _ in range(2)]
    refine = _layers.Conv2D(channels, 3, padding="same", use_bias=False)

    def block(x: Any) -> Any:
        x = _layers.Activation("silu")(norms[0](halve(x)))
        return _layers.Add()([x, _layers.Activation("silu")(norms[1](refine(x)))])

    return block


def generator(*, shape: list[int], noise: int, condition: int, width: int = 32, embedding: int = 64) -> keras.Model:
    """`compact` generator: transposed convolutions with batch normalisation and a conditional affine.

    Inputs `noise [B, noise]` and `condition [B, condition]`; output `[B, H, W, C]` in [-1, 1].
    """
    height, breadth, colours = shape
    halvings = num_halvings(shape)
    z, c = keras.Input((noise,), name="noise"), keras.Input((condition,), name="condition")
    e = condition_embedding(c, embedding, unit=True)
    rows, columns = math.ceil(height / 2**halvings), math.ceil(breadth / 2**halvings)
    channels = width * min(2 ** (halvings - 1), _MAX_WIDENING)
    x = _layers.Dense(rows * columns * channels, use_bias=False)(_layers.Concatenate()([z, e]))
    x = _normalised(_layers.Reshape((rows, columns, channels))(x), e)
    for level in reversed(range(halvings - 1)):
        channels = width * min(2**level, _MAX_WIDENING)
        x = _normalised(DoublingConv2D(channels, use_bias=False)(x), e)
    x = DoublingConv2D(colours, dtype="float32")(x)
    x = _layers.Cropping2D(((0, x.shape[1] - height), (0, x.shape[2] - breadth)))(x)
    return keras.Model({"noise": z, "condition": c}, _layers.Activation("tanh", dtype="float32")(x), name="image_generator")


def discriminator(*, shape: list[int], condition: int, width: int = 32, projection: int = 128) -> keras.Model:
    """`compact` discriminator with a projection on the condition (Miyato and Koyama 2018).

    Inputs `item [B, H, W, C]` and `condition [B, condition]`; see `critic_head` for the outputs.
    """
    item, c = keras.Input(tuple(shape), name="item"), keras.Input((condition,), name="condition")
    x = item
    for level in range(num_halvings(shape)):
        x = HalvingConv2D(width * min(2**level, _MAX_WIDENING))(x)
        x = _layers.LeakyReLU(0.2)(x)
    return keras.Model({"item": item, "condition": c}, critic_head(_layers.Flatten()(x), c, projection), name="image_discriminator")


def num_halvings(shape: list[int]) -> int:
    """Number of halvings until the shorter side of an image is about 4 pixels."""
    return max(1, round(math.log2(min(shape[0], shape[1]) / 4)))


def _normalised(x: Any, e: Any) -> Any:
    x = _layers.BatchNormalization(momentum=0.98)(x)
    return _layers.ReLU()(ConditionalAffine()([x, e]))
