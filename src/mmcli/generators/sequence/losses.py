"""Losses of texts: smoothed cross entropy at real positions, and CTC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from mmcli.core.token_ids import PAD
from mmcli.generators.sequence.network import Memory, Reading, Transducer, shifted
from mmcli.nn.draws import Draws


def held_out_losses(layer: Transducer, inputs: Mapping[str, Any], ids: tf.Tensor, letters: tf.Tensor) -> tf.Tensor:
    """Losses `[4]` in nat: the negative log-likelihood of texts and their number of tokens, then those of CTC.

    Args:
        layer: The network.
        inputs: Conditions of B records.
        ids: Their texts `[B, T]` as the decoder writes them.
        letters: The same `[B, U]` as CTC spells them; unused without a sound.
    """
    memory = layer.encode(inputs)
    own = tf.reduce_sum(text_losses(layer, memory, ids), 0)
    ctc = connectionist(layer, *memory.heard[layer.heard], letters) if layer.heard else (tf.constant(0.0), tf.constant(0.0))
    return tf.concat([own, tf.stack(ctc)], 0)


def text_losses(layer: Transducer, memory: Memory, ids: tf.Tensor) -> tf.Tensor:
    """Negative log-likelihood in nat and number of tokens of each text `ids [B, T]`, given its memory; `[B, 2]`."""
    reading = layer.reading(memory)
    found = token_losses(layer, layer.states(shifted(ids), reading), reading, ids)
    real = tf.cast(ids != PAD, tf.float32)
    return tf.stack([tf.reduce_sum(found * real, 1), tf.reduce_sum(real, 1)], 1)


def token_losses(layer: Transducer, states: tf.Tensor, reading: Reading, ids: tf.Tensor) -> tf.Tensor:
    """Negative log-likelihood in nat of each token of texts `ids [B, T]` after states `[B T, D]`; meaningless at padding."""
    found = tf.nn.sparse_softmax_cross_entropy_with_logits(tf.reshape(ids, [-1]), layer.logits(states))
    return _or_copied(layer, states, reading, ids, tf.reshape(found, tf.shape(ids)))


def _or_copied(layer: Transducer, states: tf.Tensor, reading: Reading, ids: tf.Tensor, written: tf.Tensor) -> tf.Tensor:
    """Negative log-likelihood `[B, T]` of tokens that may be copied, if `written` is that of writing them."""
    if not (layer.pointer and reading.pointed):
        return written
    return layer.pointer.nll(tf.reshape(states, (*tf.unstack(tf.shape(ids)), layer.dim)), reading.pointed, ids, written)


def training_loss(
    layer: Transducer,
    inputs: Mapping[str, Any],
    texts: tuple[tf.Tensor, tf.Tensor],
    draws: tuple[Draws, Draws],
    smoothing: float,
    ctc: float,
) -> tuple[tf.Tensor, tf.Tensor]:
    """The loss of a step, and the negative log-likelihood per token in it.

    Args:
        layer: The network.
        inputs: Conditions of B records.
        texts: Their texts `[B, T]` as the decoder writes them, and `[B, U]` as CTC spells them.
        draws: Random numbers of encoder and decoder.
        smoothing: Label smoothing of the decoder's loss.
        ctc: Weight of the CTC loss, where a sound is given.
    """
    ids, letters = texts
    memory = layer.encode(inputs, draws[0])
    reading = layer.reading(memory)
    loss, nll = smoothed(layer, layer.states(shifted(ids), reading, draws[1]), reading, ids, smoothing)
    if layer.heard and ctc:
        total, count = connectionist(layer, *memory.heard[layer.heard], letters)
        loss = (1.0 - ctc) * loss + ctc * total / tf.maximum(count, 1.0)
    return loss, nll


def smoothed(layer: Transducer, states: tf.Tensor, reading: Reading, texts: tf.Tensor, smoothing: float) -> tuple[tf.Tensor, tf.Tensor]:
    """Mean cross entropy over real positions with label smoothing (Szegedy et al. 2016), and without.

    Smoothing takes no second pass over the vocabulary: the mean of all logits is that of one averaged token vector. Tokens that stand
    in no train text have no part in it.

    Args:
        layer: The network.
        states: `[B T, D]`.
        reading: The memory, for tokens that may be copied.
        texts: `[B, T]`.
        smoothing: Probability that is spread evenly over all known tokens.
    """
    every = tf.reshape(texts, [-1])
    real = tf.reshape(tf.where(every != PAD), [-1])
    some, ids = tf.gather(states, real), tf.gather(every, real)
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(ids, layer.logits(some))
    if reading.pointed:
        written = tf.reshape(tf.scatter_nd(real[:, None], losses, tf.shape(every, tf.int64)), tf.shape(texts))
        losses = tf.gather(tf.reshape(_or_copied(layer, states, reading, texts, written), [-1]), real)
    nll = tf.reduce_mean(losses)
    if not smoothing:
        return nll, nll
    table, bias = tf.convert_to_tensor(layer.table), tf.convert_to_tensor(layer.bias)
    own = tf.reduce_sum(some * tf.gather(table, ids), -1) + tf.gather(bias, ids)
    share = layer.known / tf.reduce_sum(layer.known)
    mean = tf.linalg.matvec(some, tf.linalg.matvec(table, share, transpose_a=True)) + tf.reduce_sum(bias * share)
    return nll + smoothing * tf.reduce_mean(own - mean), nll


def connectionist(layer: Transducer, states: tf.Tensor, mask: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Summed CTC loss (Graves et al. 2006) of the records whose sound is visible and long enough for their text, and their letters."""
    lengths = tf.reduce_sum(tf.cast(mask, tf.int32), 1)
    sizes = tf.reduce_sum(tf.cast(labels != PAD, tf.int32), 1)
    repeats = tf.reduce_sum(tf.cast((labels[:, 1:] == labels[:, :-1]) & (labels[:, 1:] != PAD), tf.int32), 1)
    fits = tf.reshape(tf.where((sizes > 0) & (lengths >= sizes + repeats)), [-1])
    logits = layer.ctc_logits(states)

    count = tf.cast(tf.reduce_sum(tf.gather(sizes, fits)), tf.float32)

    def loss() -> tf.Tensor:
        time_first = tf.transpose(tf.gather(logits, fits), (1, 0, 2))
        found = tf.nn.ctc_loss(tf.gather(labels, fits), time_first, tf.gather(sizes, fits), tf.gather(lengths, fits), blank_index=PAD)
        return tf.reduce_sum(found)

    return tf.cond(tf.size(fits) > 0, loss, lambda: 0.0 * tf.reduce_sum(logits)), count
