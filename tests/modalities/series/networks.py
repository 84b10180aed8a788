"""Networks for series `[length, 1]`."""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

from mmcli.modalities import judge_parts
from mmcli.modalities.towers import EncoderJob
from mmcli.nn import networks_io
from mmcli.nn.critic import condition_embedding, critic_head
from mmcli.nn.heads import encoder_head
from mmcli.nn.networks_io import Network
from series.codec import SeriesEncoderConfig

_layers = keras.layers


def tower(job: EncoderJob[SeriesEncoderConfig]) -> Network:
    return networks_io.build("series.encoder", {**job.recipe(), "width": job.config.series_width})


def network_form(rows: Any) -> Any:
    return tf.cast(rows, tf.float32)


def view(x: Any, strength: float, draws: Any) -> Any:
    return x + 0.05 * strength * draws.normal(tf.shape(x))


def encoder(*, shape: list[int], dim: int, tokens: int, width: int = 8) -> keras.Model:
    series = keras.Input(tuple(shape))
    x = _layers.Conv1D(width, 5, strides=2, padding="same", activation="silu")(series)
    return keras.Model(series, encoder_head(x, dim, tokens), name="series_encoder")


def generator(*, shape: list[int], noise: int, condition: int, width: int = 8) -> keras.Model:
    z, c = keras.Input((noise,), name="noise"), keras.Input((condition,), name="condition")
    x = _layers.Dense(4 * width, activation="relu")(_layers.Concatenate()([z, condition_embedding(c, width)]))
    x = _layers.Reshape(tuple(shape))(_layers.Dense(shape[0], activation="tanh", dtype="float32")(x))
    return keras.Model({"noise": z, "condition": c}, x, name="series_generator")


def discriminator(*, shape: list[int], condition: int, width: int = 8, projection: int = 16) -> keras.Model:
    item, c = keras.Input(tuple(shape), name="item"), keras.Input((condition,), name="condition")
    x = _layers.LeakyReLU(0.2)(_layers.Dense(4 * width)(_layers.Flatten()(item)))
    return keras.Model({"item": item, "condition": c}, critic_head(x, c, projection), name="series_discriminator")


def judge(*, shape: list[int], classes: int, width: int = 16) -> keras.Model:
    series = keras.Input(tuple(shape))
    x = judge_parts.block(_layers.Conv1D(8, 5, strides=2, padding="same", use_bias=False)(series))
    return judge_parts.judge(series, _layers.Flatten()(x), classes, width)
