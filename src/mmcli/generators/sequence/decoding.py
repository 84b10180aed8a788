"""Write texts token by token inside one graph: the most probable by greedy or beam search, or random ones.

Keys and values of earlier positions are kept; those of the memory are computed once and shared by all beams of a record.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from mmcli.core.token_ids import END, PAD, START, UNKNOWN
from mmcli.generators.sequence import front_ends
from mmcli.generators.sequence.network import Transducer
from mmcli.nn.transformer import NEVER, attend, heads_of, merged, sinusoids

Caches = list[tuple[Any, Any]]  # key and value of each block, [B k, heads, t, d]


class Stepper:
    """Logits of the next token of `beams` texts for each of B records.

    Args:
        layer: The network.
        inputs: The conditions of the records.
        beams: k, texts per record.
        no_repeat: Length of runs of tokens of which a text has none twice; 0 allows all.
    """

    def __init__(self, layer: Transducer, inputs: Mapping[str, Any], beams: int, no_repeat: int) -> None:
        self.layer, self.beams, self._no_repeat = layer, beams, no_repeat
        memory = layer.encode(inputs)
        self.batch, self._reading = tf.shape(memory.states)[0], layer.reading(memory)
        self._positions = tf.constant(sinusoids(front_ends.LONGEST, layer.dim))
        never = tf.reduce_sum(tf.one_hot([PAD, UNKNOWN, START], layer.vocabulary, NEVER, 0.0), 0)
        self._later = layer.bias + never + (1.0 - layer.known) * NEVER
        self._first = self._later + tf.one_hot(END, layer.vocabulary, NEVER, 0.0)  # no text is empty
        self._kind = keras.config.dtype_policy().compute_dtype

    @property
    def rows(self) -> tf.Tensor:
        """B k."""
        return self.batch * self.beams

    def empty(self) -> Caches:
        """Caches before the first token."""
        heads = self.layer.heads
        none = tf.zeros([self.rows, heads, 0, self.layer.dim // heads], self._kind)
        return [(none, none) for _ in self.layer.decoder]

    def shapes(self) -> list[tuple[tf.TensorShape, tf.TensorShape]]:
        """Shapes of caches in a loop."""
        heads = self.layer.heads
        shape = tf.TensorShape([None, heads, None, self.layer.dim // heads])
        return [(shape, shape) for _ in self.layer.decoder]

    def step(self, ids: tf.Tensor, caches: Caches) -> tuple[tf.Tensor, Caches]:
        """Logits `[B k, V]` after the texts `ids [B k, t]`, of which all but the last token are in the caches, and longer caches."""
        layer, shape, position = self.layer, (self.rows, 1), tf.shape(ids)[1]
        last = tf.cond(position > 0, lambda: ids[:, -1], lambda: tf.fill([self.rows], START))
        x = tf.gather(tf.convert_to_tensor(layer.table), last) * layer.dim**0.5 + self._positions[position]
        longer: Caches = []
        for block, before, memory in zip(layer.decoder, caches, self._reading.blocks, strict=True):
            query, *new = block.attention.parts(x, shape)
            key, value = (tf.concat(both, 2) for both in zip(before, new, strict=True))
            longer.append((key, value))
            x = x + block.attention.combine(attend(query, key, value, tf.constant(0.0)))
            x = x + self._cross(block.cross, x, memory)
            x = x + block.feed_forward(x)
        states = layer.text_norm(x)
        logits = layer.logits(states, tf.where(tf.equal(position, 0), self._first, self._later))
        if layer.pointer and self._reading.pointed:
            by_record = tf.reshape(states, (self.batch, self.beams, layer.dim))
            logits = layer.pointer.logits(by_record, self._reading.pointed, logits)
        return fresh(logits, ids, self._no_repeat) if self._no_repeat else logits, longer

    def _cross(self, cross: Any, x: tf.Tensor, memory: tuple[Any, Any, Any]) -> tf.Tensor:
        """The beams of a record are the queries of one product."""
        (query,) = heads_of(cross.ask(cross.norm(x)), (self.batch, self.beams), cross.heads, 1)
        return tf.cast(cross.out(merged(attend(query, *memory))), tf.float32)


def fresh(logits: tf.Tensor, ids: tf.Tensor, size: int) -> tf.Tensor:
    """Logits `[R, V]` without the tokens that would repeat a run of `size` tokens of the texts `ids [R, t]`."""
    count, vocabulary = tf.shape(ids)[1] - size + 1, tf.shape(logits)[1]

    def without() -> tf.Tensor:
        begun = [tf.ones([tf.shape(ids)[0], count], tf.bool)]
        begun += [ids[:, i : i + count] == ids[:, count + i, None] for i in range(size - 1)]
        places = tf.range(tf.shape(ids)[0])[:, None] * vocabulary + ids[:, size - 1 :]
        again = tf.cast(tf.reduce_all(begun, 0), tf.float32)
        found = tf.math.unsorted_segment_max(tf.reshape(again, [-1]), tf.reshape(places, [-1]), tf.size(logits))
        return tf.where(tf.reshape(found, tf.shape(logits)) > 0, NEVER, logits)

    return tf.cond(count > 0, without, lambda: logits)


def sampled(
    layer: Transducer, inputs: Mapping[str, Any], uniform: tf.Tensor, temperature: float, top_k: int, top_p: float, no_repeat: int = 0
) -> tuple[tf.Tensor, tf.Tensor]:
    """Random texts by inverse transform sampling.

    Args:
        layer: The network.
        inputs: Conditions of B records.
        uniform: `[B, T]` in [0, 1), one number per token.
        temperature: Divides the logits; 0 always takes the most probable token.
        top_k: Only the most probable tokens; 0 for all.
        top_p: Only the smallest set of tokens whose probability is at least this (Holtzman et al. 2020).
        no_repeat: See `Stepper`.

    Returns:
        Ids `[B, T']`, T' at most T, and the sums of the log-probabilities of their tokens `[B]`.
    """
    stepper = Stepper(layer, inputs, 1, no_repeat)

    def choose(logits: tf.Tensor, quantile: tf.Tensor) -> tf.Tensor:
        if temperature == 0:
            return tf.argmax(logits, -1, output_type=tf.int32)
        return _drawn(logits / temperature, quantile, top_k, top_p)

    def body(t: Any, ids: Any, total: Any, ended: Any, caches: Any) -> Any:
        logits, caches = stepper.step(ids, caches)
        chosen = tf.where(ended, PAD, choose(logits, uniform[:, t]))
        gained = tf.gather(logits, chosen, axis=1, batch_dims=1) - tf.reduce_logsumexp(logits, -1)
        total += tf.where(ended, 0.0, gained)
        return t + 1, tf.concat([ids, chosen[:, None]], 1), total, ended | (chosen == END), caches

    batch, most = stepper.batch, tf.shape(uniform)[1]
    state = (0, tf.zeros([batch, 0], tf.int32), tf.zeros([batch]), tf.zeros([batch], tf.bool), stepper.empty())
    shapes = (*(tf.TensorShape(s) for s in ([], [None, None], [None], [None])), stepper.shapes())
    _, ids, total, _, _ = tf.while_loop(
        lambda t, ids, total, ended, caches: (t < most) & ~tf.reduce_all(ended), body, state, shape_invariants=shapes
    )
    return ids, total


def _drawn(logits: tf.Tensor, quantile: tf.Tensor, top_k: int, top_p: float) -> tf.Tensor:
    """Tokens `[B]` at quantiles `[B]` of the distributions of logits `[B, V]`."""
    if top_k:
        least = tf.math.top_k(logits, min(top_k, logits.shape[-1])).values[:, -1:]
        logits = tf.where(logits < least, NEVER, logits)
    shares = tf.nn.softmax(logits)
    if top_p < 1.0:
        descending = tf.sort(shares, direction="DESCENDING")
        before = tf.cumsum(descending, axis=-1, exclusive=True)
        least = tf.reduce_min(tf.where(before < top_p, descending, 1.0), -1, keepdims=True)
        shares = tf.where(shares < least, 0.0, shares)
    total = tf.cumsum(shares, axis=-1)
    number = tf.reduce_sum(tf.cast(total <= quantile[:, None] * total[:, -1:], tf.int32), -1)
    return tf.minimum(number, logits.shape[-1] - 1)


def searched(
    layer: Transducer, inputs: Mapping[str, Any], most: tf.Tensor, beams: int, length_penalty: float, no_repeat: int = 0
) -> tuple[tf.Tensor, tf.Tensor]:
    """The most probable texts by beam search; scores are log-probabilities over length to a power (Wu et al. 2016, simplified).

    Args:
        layer: The network.
        inputs: Conditions of B records.
        most: Maximum length T.
        beams: k, texts that are kept per record.
        length_penalty: The power.
        no_repeat: See `Stepper`.

    Returns:
        Ids `[B, T']` and the sums of the log-probabilities of their tokens `[B]`.
    """
    stepper = Stepper(layer, inputs, beams, no_repeat)
    batch, rows = stepper.batch, stepper.rows
    first, width = tf.repeat(tf.range(batch) * beams, beams), min(beams, layer.vocabulary)

    def body(t: Any, ids: Any, total: Any, lengths: Any, ended: Any, caches: Any) -> Any:
        logits, caches = stepper.step(ids, caches)
        values, tokens = tf.math.top_k(logits, width)
        gains = values - tf.reduce_logsumexp(logits, -1, keepdims=True)
        # An ended text has one continuation, padding, at no cost.
        only = tf.one_hot(0, width, 0.0, NEVER)[None]
        gains, tokens = tf.where(ended[:, None], only, gains), tf.where(ended[:, None], PAD, tokens)
        found, places = tf.math.top_k(tf.reshape(total[:, None] + gains, [batch, beams * width]), beams)
        places = tf.reshape(places, [-1])
        parents = first + places // width
        chosen = tf.gather(tf.reshape(tokens, [-1]), parents * width + places % width)
        ended = tf.gather(ended, parents)
        lengths = tf.gather(lengths, parents) + tf.cast(~ended, tf.float32)
        ids = tf.concat([tf.gather(ids, parents), chosen[:, None]], 1)
        caches = [(tf.gather(key, parents), tf.gather(value, parents)) for key, value in caches]
        return t + 1, ids, tf.reshape(found, [-1]), lengths, ended | (chosen == END), caches

    # At first all beams are the same text, so only one counts.
    begin = tf.reshape(tf.tile(tf.one_hot([0], beams, 0.0, NEVER), [batch, 1]), [-1])
    state = (0, tf.zeros([rows, 0], tf.int32), begin, tf.zeros([rows]), tf.zeros([rows], tf.bool), stepper.empty())
    shapes = (*(tf.TensorShape(s) for s in ([], [None, None], [None], [None], [None])), stepper.shapes())
    _, ids, total, lengths, _, _ = tf.while_loop(
        lambda t, ids, total, lengths, ended, caches: (t < most) & ~tf.reduce_all(ended), body, state, shape_invariants=shapes
    )
    scores = tf.reshape(total / tf.pow(tf.maximum(lengths, 1.0), length_penalty), [batch, beams])
    best = tf.range(batch) * beams + tf.argmax(scores, 1, output_type=tf.int32)
    return tf.gather(ids, best), tf.gather(total, best)


def heard(layer: Transducer, inputs: Mapping[str, Any]) -> tf.Tensor:
    """Log-probabilities `[B, S, letters]` of the heard sound's states; beyond the end all are blanks."""
    states, mask = layer.encode(inputs).heard[layer.heard]
    return tf.where(mask[:, :, None], tf.nn.log_softmax(layer.ctc_logits(states)), tf.one_hot(PAD, layer.letters, 0.0, NEVER))
