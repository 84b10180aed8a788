"""Maximum likelihood training of texts, with averaged weights, kept at their best held-out likelihood."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.conditioning.given_items import GivenItems
from mmcli.core.streams import Purpose
from mmcli.generators.base import Decoding, TrainingData
from mmcli.generators.sequence import augment, losses
from mmcli.generators.sequence.front_ends import FRAMES, PICTURE
from mmcli.generators.sequence.inputs import as_inputs, specs_of
from mmcli.generators.sequence.network import CTC, DECODER, LAYER, form_of
from mmcli.generators.sequence.options import SequenceConfig
from mmcli.generators.sequence.plan import BatchPlan
from mmcli.generators.sequence.sampler import SequenceSampler
from mmcli.metrics.paired.text_overlap import cer, chrf
from mmcli.modalities import registry
from mmcli.modalities.base import TokenCodec
from mmcli.modalities.sequences import PaddedItems
from mmcli.nn import networks_io
from mmcli.nn.draws import Draws
from mmcli.nn.graphs import graph
from mmcli.nn.networks_io import Network
from mmcli.training.averages import average_into, copy_into
from mmcli.training.fused_adam import FusedAdam

Array = npt.NDArray[Any]
_BETA_1, _BETA_2, _CLIP = 0.9, 0.98, 1.0
_WARM_UP, _WARM_FRACTION = 400, 0.1
_EMA_DECAY = 0.999
_AVERAGE_EVERY = 4
_FALL_FROM, _SHORT_FALL = 0.5, 0.25
_PATIENCE = 2  # ticks without a better held-out likelihood, until the learning rate falls
_HELD_OUT_ROWS = 64
_NUM_COMPARED = 64
_STRENGTH = 0.5  # of augmentation, relative to that of encoders in `embed`
_UNKNOWN = 1e9  # a likelihood before the first one; checkpoints hold finite numbers


class SequenceTrainer:
    """See `training.trainer.Trainer`.

    Args:
        data: Training data; `given` are `GivenItems`, and rows are texts at their own lengths.
        config: Resolved options.
    """

    best = None  # kept by likelihood here, not by the judge of other families

    def __init__(self, data: TrainingData, config: SequenceConfig) -> None:
        assert isinstance(data.given, GivenItems)
        assert isinstance(data.held_out, GivenItems)
        assert isinstance(data.codec, TokenCodec)
        self.config, self._data, self._given, self._held_out = config, data, data.given, data.held_out
        self._texts, self._codec = data.rows, data.codec
        recipe = recipe_of(data.given, data.codec, config)
        self.network, self.average = (networks_io.build("sequence.network", recipe) for _ in range(2))
        copy_into(self.average.model.weights, self.network.model.weights)
        self._layer, self._mean_layer = (net.model.get_layer(LAYER) for net in (self.network, self.average))
        self._weights = [w.value for w in self.network.model.trainable_variables]
        self._adam = FusedAdam(self._weights, _BETA_1)
        self._rate_scale = tf.Variable(1.0, trainable=False)
        self._best = [tf.Variable(w, trainable=False) for w in self.average.model.weights]
        # Best held-out likelihood, ticks since then, and the fractions of the budget at which the fall of the rate begins and ends.
        self._state = tf.Variable([_UNKNOWN, 0.0, _FALL_FROM, 1.0], trainable=False)
        assert config.batch_size is not None
        self._plan = BatchPlan(config.seed, data.given.lengths(), data.rows.sequences.lengths, config.batch_size)
        self._specs = specs_of(self.network.model)
        ids, number = tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((), tf.int32)
        self._graph = graph(self._step, input_signature=[self._specs, ids, number, tf.TensorSpec((), tf.float32)])
        self._nll_graph = graph(lambda x, y: losses.negative_log_likelihood(self._mean_layer, x, y), input_signature=[self._specs, ids])
        self._sampler = SequenceSampler(self.average.model, data.codec, Decoding(beam=1 if data.given.sources else 0))
        self.graph_seconds = 0.0

    def networks(self) -> dict[str, Network]:
        """The averaged network."""
        return {"generator": self.average}

    def starting_networks(self) -> dict[str, list[Network]]:
        """Networks that can be initialised from another generator."""
        return {"generator": [self.average, self.network]}

    def variables(self) -> list[Any]:
        """The complete state for resuming, in a fixed order."""
        nets = [v for net in (self.network, self.average) for v in net.model.variables]
        return [*nets, *self._adam.variables, self._rate_scale, self._state, *self._best]

    def slow_down(self) -> float:
        """Halve the learning rate; returns its current fraction of the original."""
        self._rate_scale.assign(self._rate_scale / 2.0)
        return float(self._rate_scale.numpy())

    def ended(self, fraction: float) -> bool:
        """Whether the learning rate has fallen to zero."""
        return fraction >= float(self._state.numpy()[3])

    def run(self, step: int, indices: Array, fraction: float = 0.0) -> dict[str, float]:
        """Train `len(indices)` steps; which records they read is this trainer's own plan."""
        total, begin = 0.0, time.perf_counter()
        _, _, start, end = self._state.numpy()
        fall = min(1.0, max(0.0, (end - fraction) / (end - start)))
        for i in range(len(indices)):
            numbers = self._plan.batch(step + i)
            batch = self._given.drawn(self.config.seed, step + i, numbers, self.config.field_dropout, self.config.unconditional or 0.0)
            ids, rate = unpadded(self._texts, numbers), np.float32(self._rate(step + i, fraction) * fall)
            total += float(self._graph(as_inputs(batch, self._specs), tf.constant(ids), tf.constant(step + i), tf.constant(rate)))
        self.graph_seconds += time.perf_counter() - begin
        return {"nll": total / len(indices)}

    def _rate(self, step: int, fraction: float) -> float:
        """The rate rises for some hundred steps, or in the first tenth of a shorter budget."""
        assert self.config.learning_rate is not None
        return self.config.learning_rate * min(1.0, max((step + 1) / _WARM_UP, fraction / _WARM_FRACTION))

    def _step(self, inputs: dict[str, tf.Tensor], ids: tf.Tensor, step: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        seed, config = self.config.seed, self.config
        changed = {**inputs, **self._augmented(inputs, step)}
        with tf.GradientTape() as tape:
            draws = Draws(seed, Purpose.TEXT_DROPOUT, step, 0), Draws(seed, Purpose.TEXT_DROPOUT, step, 1)
            loss, nll = losses.training_loss(self._layer, changed, ids, draws, config.label_smoothing, config.ctc)
        gradients = [
            tf.convert_to_tensor(g) for g in tape.gradient(loss, self._weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        ]
        gradients, _ = tf.clip_by_global_norm(gradients, _CLIP)
        self._adam.apply(gradients, rate * self._rate_scale, tf.constant(_BETA_2))
        tf.cond(step % _AVERAGE_EVERY == 0, lambda: self._average(step), lambda: None)
        return nll

    def _average(self, step: tf.Tensor) -> None:
        average_into(self.average.model.weights, self.network.model.weights, tf.constant(_EMA_DECAY), step, _AVERAGE_EVERY)

    def _augmented(self, inputs: dict[str, tf.Tensor], step: tf.Tensor) -> dict[str, tf.Tensor]:
        """Augmented items of fields that are not texts."""
        found = {}
        for i, (name, source) in enumerate(self._given.sources.items()):
            if self._layer.forms[name] in (FRAMES, PICTURE):
                modality = registry.find(source.codec.modality)
                draws = Draws(self.config.seed, Purpose.TEXT_VIEW, step, i)
                found[name] = modality.changed(inputs[name], _STRENGTH, draws)
                if self._layer.forms[name] == FRAMES:
                    found[name] = augment.masked(found[name], draws)
        return found

    def held_out(self, kimg: float, fraction: float) -> dict[str, float]:
        """Held-out negative log-likelihood in nat per token; keeps the best weights, and lets the rate fall where nothing improves."""
        nll = self.held_out_nll()
        if not np.isfinite(nll):
            return {}
        best, waited, start, end = (float(v) for v in self._state.numpy())
        if nll < best:
            copy_into(self._best, self.average.model.weights)
            best, waited = nll, 0.0
        else:
            waited += 1
        if waited >= _PATIENCE and fraction < start:
            start, end = fraction, min(1.0, fraction + _SHORT_FALL)
        self._state.assign([best, waited, start, end])
        return {"held_out_nll": nll, **self._held_out_overlap()}

    def _held_out_overlap(self) -> dict[str, float]:
        """The chrF of the most probable texts of some held-out records with a condition, which people understand better."""
        numbers = np.flatnonzero(self._held_out.present.any(1))[:_NUM_COMPARED]
        if not len(numbers):
            return {}
        decode, real = self._codec.decode, self._data.held_out_rows[numbers]
        texts = self._sampler.sample(self._held_out.full(numbers), np.zeros(len(numbers), np.int64))
        return {"held_out_chrf": round(float(chrf([decode(row) for row in texts], [[decode(row)] for row in real])), 2)}

    def held_out_nll(self) -> float:
        """Mean negative log-likelihood in nat per token of the averaged network on held-out texts; NaN without any."""
        count, totals = len(self._held_out), np.zeros(2)
        order = np.argsort(self._data.held_out_rows.sequences.lengths, kind="stable")
        for begin in range(0, count, _HELD_OUT_ROWS):
            numbers = order[begin : begin + _HELD_OUT_ROWS]
            batch, ids = self._held_out.full(numbers), unpadded(self._data.held_out_rows, numbers)
            totals += [float(tf.reduce_sum(part)) for part in self._nll_graph(as_inputs(batch, self._specs), tf.constant(ids))]
        return float(totals[0] / totals[1]) if count else float("nan")

    def sample(self, conditions: Any, seeds: list[int]) -> Array:
        """Ids `[n, T]`: the most probable text of each condition, or without fields a random one."""
        return self._sampler.sample(conditions, seeds)

    def finish(self) -> dict[str, Any]:
        """Keep the best weights; returns entries of the summary."""
        nll, best = self.held_out_nll(), float(self._state.numpy()[0])
        last = [w.numpy() for w in self.average.model.weights]
        restored = best < nll
        if restored:
            copy_into(self.average.model.weights, self._best)
        heads: dict[str, float] = self._head_errors()
        if heads and restored:  # likelihood is that of the decoder, and says little of the other head
            copy_into(self.average.model.weights, last)
            later = self._head_errors()
            restored = min(heads.values()) <= min(later.values())
            heads = heads if restored else later
            copy_into(self.average.model.weights, self._best if restored else last)
        facts: dict[str, Any] = {"generator_is": "best" if restored else "last", "vocabulary": self._layer.vocabulary}
        facts |= {"nll": best if restored else nll} if np.isfinite(nll) else {}
        return facts | (self._choose_head(heads) if heads else {})

    def _head_errors(self) -> dict[str, float]:
        """Character error rates of both heads on held-out sounds; empty without any."""
        if not self._layer.heard or not self.config.ctc or not len(self._held_out):
            return {}
        numbers = np.flatnonzero(self._held_out.present[:, list(self._given.sources).index(self._layer.heard)])
        real = [[self._codec.decode(row)] for row in self._data.held_out_rows[numbers]]
        errors = {}
        for head in (DECODER, CTC) if len(numbers) else ():
            self._mean_layer.head = head
            ids = self._sampler.sample(self._held_out.full(numbers), np.zeros(len(numbers), np.int64))
            errors[head] = float(cer([self._codec.decode(row) for row in ids], real))
        return errors

    def _choose_head(self, errors: dict[str, float]) -> dict[str, Any]:
        """Read sounds by the head with fewer errors."""
        best = min(errors, key=lambda head: errors[head])
        self._mean_layer.head = best
        self.average = replace(self.average, config={**self.average.config, "reading": best})
        return {"reading": best, **{f"cer_{head}": round(value, 4) for head, value in errors.items()}}


def recipe_of(given: GivenItems, codec: TokenCodec, config: SequenceConfig) -> dict[str, Any]:
    """Arguments of the network's builder."""
    shapes = {name: source.codec.network_shape for name, source in given.sources.items()}
    ids = {name: isinstance(source.codec, TokenCodec) for name, source in given.sources.items()}
    assert config.width is not None
    assert config.dropout is not None
    return {
        "vocabulary": codec.vocabulary_size,
        "dim": config.width,
        "heads": max(1, config.width // 32),
        "width": 2 * config.width,
        "encoder_layers": config.layers,
        "decoder_layers": config.layers,
        "dropout": config.dropout,
        "fields": list(shapes),
        "forms": [form_of(shape, ids=ids[name]) for name, shape in shapes.items()],
        "shapes": ["x".join(map(str, shape)) for shape in shapes.values()],
    }


def unpadded(texts: PaddedItems, numbers: Array) -> Array:
    """Ids of some texts, as long as the longest of them."""
    items = texts.sequences
    return items.padded(numbers, max(1, int(items.lengths[numbers].max(initial=1))))
