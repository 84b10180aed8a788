"""Networks for spectrograms `[frames, bands]` in [-1, 1].

Unlike time, frequency is not translation invariant, so bands are the channels of convolutions over
time; on a CPU this is also about ten times cheaper than treating the spectrogram as an image.
"""

from __future__ import annotations

import math
from typing import Any

import keras

from mmcli.nn.critic import condition_embedding, critic_head
from mmcli.nn.heads import encoder_head
from mmcli.nn.layers import ConditionalAffine
from mmcli.nn.masked import FrameMask, MaskedConv1D, MaskedGroupNormalization, MaskedRecurrent, halved_mask

_layers = keras.layers


def encoder(*, shape: list[int], dim: int, tokens: int, width: int = 64, cell: str = "gru") -> keras.Model:
    """Two strided convolutions over time, then a bidirectional recurrent layer.

    Input `[B, frames, bands]` of any number of frames, padded as in `nn.padding`; outputs as in
    `nn.heads.encoder_outputs`, with a sequence position for every four frames.
    """
    spectrogram = keras.Input((None, shape[-1]))
    x, mask = spectrogram, FrameMask()(spectrogram)
    for _ in range(2):
        x = MaskedConv1D(width, 5, use_bias=False)(x, mask)
        mask = halved_mask(mask)
        x = _layers.Activation("silu")(MaskedGroupNormalization(math.gcd(8, width))(x, mask))
    x = MaskedRecurrent(cell, width)(x, mask)
    return keras.Model(spectrogram, encoder_head(x, dim, tokens, mask), name="audio_encoder")


def generator(*, shape: list[int], noise: int, condition: int, width: int = 64, embedding: int = 64) -> keras.Model:
    """Upsampling by repetition and convolutions over time, bands as channels.

    Inputs `noise [B, noise]` and `condition [B, condition]`; output `[B, frames, bands]` in [-1, 1].
    """
    frames, bands = shape
    doublings = max(1, round(math.log2(frames / 8)))
    start = math.ceil(frames / 2**doublings)
    z, c = keras.Input((noise,), name="noise"), keras.Input((condition,), name="condition")
    e = condition_embedding(c, embedding)
    x = _layers.Dense(start * width * 4, use_bias=False)(_layers.Concatenate()([z, e]))
    x = _normalised(_layers.Reshape((start, width * 4))(x), e)
    for level in reversed(range(doublings)):
        x = _layers.UpSampling1D(2)(x)
        x = _normalised(_layers.Conv1D(width * (4 if level else 3), 5, padding="same", use_bias=False)(x), e)
    x = _layers.Conv1D(bands, 5, padding="same", dtype="float32")(x)
    x = _layers.Cropping1D((0, x.shape[1] - frames))(x)
    return keras.Model({"noise": z, "condition": c}, _layers.Activation("tanh", dtype="float32")(x), name="audio_generator")


def discriminator(*, shape: list[int], condition: int, width: int = 64, projection: int = 128) -> keras.Model:
    """Strided convolutions over time, bands as channels, with a projection on the condition.

    Inputs `item [B, frames, bands]` and `condition [B, condition]`; outputs as `critic_head`.
    """
    item, c = keras.Input(tuple(shape), name="item"), keras.Input((condition,), name="condition")
    x: Any = _layers.LeakyReLU(0.2)(_layers.Conv1D(width * 2, 5, padding="same")(item))
    for _ in range(max(1, round(math.log2(shape[0] / 8)))):
        x = _layers.LeakyReLU(0.2)(_layers.Conv1D(width * 3, 5, strides=2, padding="same")(x))
    return keras.Model({"item": item, "condition": c}, critic_head(_layers.Flatten()(x), c, projection), name="audio_discriminator")


def _normalised(x: Any, e: Any) -> Any:
    x = _layers.BatchNormalization(momentum=0.98)(x)
    return _layers.ReLU()(ConditionalAffine()([x, e]))
