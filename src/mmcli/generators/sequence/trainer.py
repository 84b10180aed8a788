"""Maximum likelihood training of texts, with averaged weights, kept at their best on held-out texts.

With `reinforce`, steps follow that reward whole written texts; they are kept only if held-out texts get better by them.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.conditioning.given_items import GivenItems
from mmcli.core.streams import Purpose
from mmcli.core.token_ids import PAD
from mmcli.generators.base import Decoding, TrainingData
from mmcli.generators.sequence import augment, letters, losses
from mmcli.generators.sequence.front_ends import CLASSES, FRAMES, PICTURE
from mmcli.generators.sequence.held_out import HeldOut, Reading
from mmcli.generators.sequence.inputs import as_inputs, specs_of, unpadded
from mmcli.generators.sequence.network import LAYER, form_of
from mmcli.generators.sequence.options import SequenceConfig
from mmcli.generators.sequence.plan import BatchPlan
from mmcli.generators.sequence.reinforcement import TEXTS, Reinforcement
from mmcli.generators.sequence.sampler import SequenceSampler
from mmcli.generators.sequence.spelling import Spellings
from mmcli.modalities import registry
from mmcli.modalities.base import TokenCodec
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
_PATIENCE = 2  # ticks without a better held-out score, until the learning rate falls
_STRENGTH = 0.5  # of augmentation, relative to that of encoders in `embed`
_REINFORCED_RATE, _REINFORCED_DECAY = 0.1, 0.98  # of learning, relative to that of likelihood, and of the average
_NOT_BEGUN = 2.0  # a fraction of the budget that is never reached
_UNKNOWN = 1e9  # a likelihood before the first one; checkpoints hold finite numbers


class SequenceTrainer:
    """See `training.trainer.Trainer`.

    Args:
        data: Training data; `given` are `GivenItems`, and rows are texts at their own lengths.
        config: Resolved options.
    """

    best = None  # kept by held-out texts here, not by the judge of other families

    def __init__(self, data: TrainingData, config: SequenceConfig) -> None:
        assert isinstance(data.given, GivenItems)
        assert isinstance(data.codec, TokenCodec)
        self.config, self._given = config, data.given
        self._texts, self._codec = data.rows, data.codec
        recipe = recipe_of(data.given, data.codec, config)
        self.network, self.average = (networks_io.build("sequence.network", recipe) for _ in range(2))
        copy_into(self.average.model.weights, self.network.model.weights)
        self._layer, self._mean_layer = (net.model.get_layer(LAYER) for net in (self.network, self.average))
        self._weights = [w.value for w in self.network.model.trainable_variables]
        self._adam = FusedAdam(self._weights, _BETA_1)
        self._rate_scale = tf.Variable(1.0, trainable=False)
        self._best = [tf.Variable(w, trainable=False) for w in self.average.model.weights]
        # Best held-out loss, ticks since then, and the fractions of the budget at which the fall of the rate begins and ends, and
        # at which reinforced steps begin.
        likely = 1.0 - config.reinforce
        self._state = tf.Variable([_UNKNOWN, 0.0, _FALL_FROM * likely, likely, _NOT_BEGUN], trainable=False)
        assert config.batch_size is not None
        self._ctc = config.ctc or 0.0
        self._plan = BatchPlan(config.seed, data.given.lengths(), data.rows.sequences.lengths, config.batch_size)
        texts = (data.rows, data.held_out_rows)
        self._spelled, held_out = (Spellings(data.codec, side, len(side) if self._layer.heard else 0) for side in texts)
        self._specs = specs_of(self.network.model)
        ids, number = tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((), tf.int32)
        self._graph = graph(self._step, input_signature=[self._specs, ids, ids, number, tf.TensorSpec((), tf.float32)])
        paired = any(form != CLASSES for form in self._layer.forms.values())  # many texts are right for a label
        self._sampler = SequenceSampler(self.average.model, data.codec, Decoding(beam=1 if paired else 0))
        spelled = self._spelled, held_out
        self.checks = HeldOut(data, self._mean_layer, self._sampler, self._specs, spelled, paired=paired, by_ear=bool(self._ctc))
        how: dict[str, Any] = {"seed": config.seed, "smoothing": config.label_smoothing, "paired": paired}
        self._reinforcement = Reinforcement(self._layer, self._descend, data.codec, self._specs, **how) if config.reinforce else None
        self.graph_seconds = 0.0

    def networks(self) -> dict[str, Network]:
        """The averaged network, and the language model of letters that reads sounds with it."""
        fusion = self._sampler.fusion
        return {"generator": self.average, **({letters.NAME: letters.kept(fusion)} if fusion else {})}

    def starting_networks(self) -> dict[str, list[Network]]:
        """Networks that can be initialised from another generator."""
        return {"generator": [self.average, self.network]}

    def variables(self) -> list[Any]:
        """The complete state for resuming, in a fixed order."""
        nets = [v for net in (self.network, self.average) for v in net.model.variables]
        more = self._reinforcement.variables() if self._reinforcement else []
        return [*nets, *self._adam.variables, self._rate_scale, self._state, *self._best, *more]

    def slow_down(self) -> float:
        """Halve the learning rate; returns its current fraction of the original."""
        self._rate_scale.assign(self._rate_scale / 2.0)
        return float(self._rate_scale.numpy())

    def ended(self, fraction: float) -> bool:
        """Whether the learning rate has fallen to zero, and the reinforced steps are done."""
        _, _, _, end, turn = self._state.numpy()
        return fraction >= float(turn + self.config.reinforce if self._reinforcement else end)

    def run(self, step: int, indices: Array, fraction: float = 0.0) -> dict[str, float]:
        """Train `len(indices)` steps; which records they read is this trainer's own plan."""
        if not step:
            self._know_tokens()
        total, begin = 0.0, time.perf_counter()
        _, _, start, end, _ = self._state.numpy()
        if self._reinforcement and fraction >= end:
            return self._reinforce(step, len(indices), fraction)
        fall = min(1.0, max(0.0, (end - fraction) / (end - start)))
        for i in range(len(indices)):
            numbers = self._plan.batch(step + i)
            ids, rate = unpadded(self._texts, numbers), np.float32(self._rate(step + i, fraction) * fall)
            read = self._conditions(step + i, numbers), tf.constant(ids), self._spelled.padded(numbers)
            total += float(self._graph(*read, tf.constant(step + i), tf.constant(rate)))
        self.graph_seconds += time.perf_counter() - begin
        return {"nll": total / len(indices)}

    def _know_tokens(self) -> None:
        """Tell the networks which tokens stand in a train text; those of a generator from which they begin stay known."""
        own = np.zeros(self._layer.vocabulary, np.float32)
        own[unpadded(self._texts, np.arange(len(self._texts)))] = 1.0
        own[PAD] = 0.0
        foreign = self._layer.known.numpy()
        known = own if foreign.all() else np.maximum(own, foreign)
        for layer in (self._layer, self._mean_layer):
            layer.known.assign(known)

    def _reinforce(self, step: int, steps: int, fraction: float) -> dict[str, float]:
        """Reinforced steps, at a falling rate; the first begin at the best likelihood."""
        assert self._reinforcement is not None
        if (turn := float(self._state.numpy()[4])) == _NOT_BEGUN:
            turn = fraction
            self._restore_best()
            copy_into(self._best, self.average.model.weights)
            copy_into(self.network.model.weights, self.average.model.weights)
            self._state.assign([*self._state.numpy()[:4], turn])
        begin, figures = time.perf_counter(), dict[str, float]()
        progress = min(1.0, (fraction - turn) / self.config.reinforce)
        assert self.config.learning_rate is not None
        rate = self.config.learning_rate * _REINFORCED_RATE * (1.0 - progress)
        for i in range(steps):
            numbers = self._plan.batch(step + i)[::TEXTS]
            conditions, texts = self._conditions(step + i, numbers), unpadded(self._texts, numbers)
            figures = self._reinforcement.step(conditions, texts, step + i, rate, progress)
            average_into(self.average.model.weights, self.network.model.weights, tf.constant(_REINFORCED_DECAY), tf.constant(step + i), 1)
        self.graph_seconds += time.perf_counter() - begin
        return figures

    def _conditions(self, step: int, numbers: Array) -> dict[str, tf.Tensor]:
        """A random subset of the given fields of the records of a step."""
        config = self.config
        batch = self._given.drawn(config.seed, step, numbers, config.field_dropout, config.unconditional or 0.0)
        return as_inputs(batch, self._specs)

    def _rate(self, step: int, fraction: float) -> float:
        """The rate rises for some hundred steps, or in the first tenth of a shorter budget."""
        assert self.config.learning_rate is not None
        return self.config.learning_rate * min(1.0, max((step + 1) / _WARM_UP, fraction / _WARM_FRACTION))

    def _step(self, inputs: dict[str, tf.Tensor], ids: tf.Tensor, letters: tf.Tensor, step: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        seed, config = self.config.seed, self.config
        changed = {**inputs, **self._augmented(inputs, step)}
        with tf.GradientTape() as tape:
            draws = Draws(seed, Purpose.TEXT_DROPOUT, step, 0), Draws(seed, Purpose.TEXT_DROPOUT, step, 1)
            loss, nll = losses.training_loss(self._layer, changed, (ids, letters), draws, config.label_smoothing, self._ctc)
        self._descend(tape, loss, rate)
        tf.cond(step % _AVERAGE_EVERY == 0, lambda: self._average(step), lambda: None)
        return nll

    def _descend(self, tape: tf.GradientTape, loss: tf.Tensor, rate: tf.Tensor) -> None:
        """Change the weights against the clipped gradient of a loss."""
        found = tape.gradient(loss, self._weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)
        gradients, _ = tf.clip_by_global_norm([tf.convert_to_tensor(gradient) for gradient in found], _CLIP)
        self._adam.apply(gradients, rate * self._rate_scale, tf.constant(_BETA_2))

    def _average(self, step: tf.Tensor) -> None:
        average_into(self.average.model.weights, self.network.model.weights, tf.constant(_EMA_DECAY), step, _AVERAGE_EVERY)

    def _augmented(self, inputs: dict[str, tf.Tensor], step: tf.Tensor) -> dict[str, tf.Tensor]:
        """Augmented items of fields that are not texts."""
        found = {}
        for i, (name, source) in enumerate(self._given.sources.items()):
            draws = Draws(self.config.seed, Purpose.TEXT_VIEW, step, i)
            if self._layer.forms[name] == FRAMES:
                found[name] = augment.changed(inputs[name], draws)
            elif self._layer.forms[name] == PICTURE:
                found[name] = registry.find(source.codec.modality).changed(inputs[name], _STRENGTH, draws)
        return found

    def held_out(self, kimg: float, fraction: float) -> dict[str, float]:
        """Scores of held-out texts; keeps the best weights, and lets the rate fall where nothing improves."""
        found = self.checks.scores()
        if found and self._state.numpy()[4] == _NOT_BEGUN:
            self._keep_if_best(_score(found), fraction)
        return {f"held_out_{name}": value for name, value in found.items()}

    def _keep_if_best(self, score: float, fraction: float) -> None:
        best, waited, start, end, turn = (float(v) for v in self._state.numpy())
        if score < best:
            copy_into(self._best, self.average.model.weights)
            best, waited = score, 0.0
        else:
            waited += 1
        if waited >= _PATIENCE and fraction < start:
            start, end = fraction, min(end, fraction + _SHORT_FALL)
        self._state.assign([best, waited, start, end, turn])

    def sample(self, conditions: Any, seeds: list[int]) -> Array:
        """Ids `[n, T]`: the most probable text of each condition, or without fields a random one."""
        return self._sampler.sample(conditions, seeds)

    def finish(self) -> dict[str, Any]:
        """Keep the best weights; returns entries of the summary."""
        facts: dict[str, Any] = {"vocabulary": self._layer.vocabulary, "copying": bool(self._layer.pointer)}
        if self._state.numpy()[4] != _NOT_BEGUN:
            decided = self.checks.keep_or_roll_back(self.average.model.weights, self._best)
            return facts | decided | self.checks.losses() | self._without_repeats()
        last = [w.numpy() for w in self.average.model.weights]
        restored = self._restore_best()
        readings = self.checks.readings()
        if readings and restored:
            copy_into(self.average.model.weights, last)
            later = self.checks.readings()
            restored = readings[0].errors <= later[0].errors
            readings = readings if restored else later
            copy_into(self.average.model.weights, self._best if restored else last)
        facts |= {"generator_is": "best" if restored else "last"} | self.checks.losses()
        return facts | (self._choose(readings) if readings else self._without_repeats())

    def _without_repeats(self) -> dict[str, Any]:
        """Note what must not be repeated in the most probable texts; returns an entry of the summary."""
        size = self.checks.no_repeat(self.average.model)
        self.average = replace(self.average, config={**self.average.config, "no_repeat": size})
        return {"no_repeat": size}

    def _restore_best(self) -> bool:
        """Return to the best held-out weights if the last are worse; whether they are."""
        found, best = self.checks.scores(), float(self._state.numpy()[0])
        worse = bool(found) and best < _score(found)
        if worse:
            copy_into(self.average.model.weights, self._best)
        return worse

    def _choose(self, readings: list[Reading]) -> dict[str, Any]:
        """Read sounds in the best way; returns entries of the summary."""
        best = readings[0]
        self._mean_layer.head, self._sampler.fusion = best.head, best.fusion
        self.average = replace(self.average, config={**self.average.config, "reading": best.head})
        alone = {f"cer_{reading.head}": round(reading.errors, 4) for reading in readings if not reading.fusion}
        with_model = [round(reading.errors, 4) for reading in readings if reading.fusion]
        facts = {"reading": best.head, "language_model": best.fusion.weight if best.fusion else 0.0, **alone}
        return facts | ({"cer_language_model": with_model[0]} if with_model else {})


def _score(found: dict[str, float]) -> float:
    """What is to fall: errors of sounds, or less chrF where there are targets, since likelihood falls with certainty long before."""
    return found["cer"] if "cer" in found else -found["chrf"] if "chrf" in found else found["nll"]


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
        "letters": codec.num_letters,
        "copying": config.copying == "on",
        "shapes": ["x".join(map(str, shape)) for shape in shapes.values()],
    }
