"""Maximum likelihood training of texts, with averaged weights, kept at their best held-out likelihood.

With `reinforce`, steps follow that reward whole written texts; they are kept only if held-out texts get better by them.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.conditioning.given_items import GivenItems
from mmcli.core.streams import Purpose
from mmcli.core.token_ids import PAD
from mmcli.generators.base import Decoding, TrainingData
from mmcli.generators.sequence import augment, letters, losses
from mmcli.generators.sequence.front_ends import CLASSES, FRAMES, PICTURE
from mmcli.generators.sequence.gate import Measure, kept
from mmcli.generators.sequence.hearing import Fusion
from mmcli.generators.sequence.inputs import as_inputs, specs_of
from mmcli.generators.sequence.network import CTC, DECODER, LAYER, form_of
from mmcli.generators.sequence.options import SequenceConfig
from mmcli.generators.sequence.plan import BatchPlan
from mmcli.generators.sequence.reinforcement import TEXTS, Reinforcement
from mmcli.generators.sequence.sampler import SequenceSampler
from mmcli.metrics.bootstrap import Pooled
from mmcli.metrics.paired.text_overlap import cer, chrf
from mmcli.metrics.unpaired.two_sample import gram_counts, two_sample_auc
from mmcli.modalities import registry
from mmcli.modalities.base import TokenCodec
from mmcli.modalities.sequences import PaddedItems, RaggedRows
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
_NUM_HEARD = 64  # held-out sounds that choose how sounds are read
_FUSIONS = ((0.3, 0.5), (0.5, 1.0), (0.8, 1.0), (0.8, 1.5))  # weight and bonus of the language model
_REINFORCED_RATE, _REINFORCED_DECAY = 0.1, 0.98  # of learning, relative to that of likelihood, and of the average
_NOT_BEGUN = 2.0  # a fraction of the budget that is never reached
_UNKNOWN = 1e9  # a likelihood before the first one; checkpoints hold finite numbers


class Reading(NamedTuple):
    """A way to read sounds: character error rate on held-out ones, head and language model."""

    errors: float
    head: str
    fusion: Fusion | None


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
        # Best held-out loss, ticks since then, and the fractions of the budget at which the fall of the rate begins and ends, and
        # at which reinforced steps begin.
        likely = 1.0 - config.reinforce
        self._state = tf.Variable([_UNKNOWN, 0.0, _FALL_FROM * likely, likely, _NOT_BEGUN], trainable=False)
        assert config.batch_size is not None
        self._ctc = config.ctc or 0.0
        self._plan = BatchPlan(config.seed, data.given.lengths(), data.rows.sequences.lengths, config.batch_size)
        self._spelled = self._spellings_of(data.rows)
        self._sounds, self._held_out_sounds = self._sounds_of(self._spelled), self._sounds_of(self._spellings_of(data.held_out_rows))
        self._specs = specs_of(self.network.model)
        ids, number = tf.TensorSpec((None, None), tf.int32), tf.TensorSpec((), tf.int32)
        self._graph = graph(self._step, input_signature=[self._specs, ids, ids, number, tf.TensorSpec((), tf.float32)])
        self._losses = graph(lambda *read: losses.held_out_losses(self._mean_layer, *read), input_signature=[self._specs, ids, ids])
        self._paired = any(form != CLASSES for form in self._layer.forms.values())  # many texts are right for a label
        self._sampler = SequenceSampler(self.average.model, data.codec, Decoding(beam=1 if self._paired else 0))
        self._reinforcement = self._reinforced() if config.reinforce else None
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
            batch = self._given.drawn(self.config.seed, step + i, numbers, self.config.field_dropout, self.config.unconditional or 0.0)
            ids, rate = unpadded(self._texts, numbers), np.float32(self._rate(step + i, fraction) * fall)
            read = as_inputs(batch, self._specs), tf.constant(ids), self._padded(self._sounds, numbers)
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

    def _reinforced(self) -> Reinforcement:
        """The reinforced steps of the network."""
        config, codec = self.config, self._codec
        more: dict[str, Any] = {"seed": config.seed, "smoothing": config.label_smoothing, "paired": self._paired}
        return Reinforcement(self._layer, self._weights, self._adam, codec, self._specs, **more)

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
        rate = self.config.learning_rate * _REINFORCED_RATE * (1.0 - progress) * float(self._rate_scale.numpy())
        for i in range(steps):
            numbers = self._plan.batch(step + i)[::TEXTS]
            batch = self._given.drawn(self.config.seed, step + i, numbers, self.config.field_dropout, self.config.unconditional or 0.0)
            figures = self._reinforcement.step(as_inputs(batch, self._specs), unpadded(self._texts, numbers), step + i, rate, progress)
            average_into(self.average.model.weights, self.network.model.weights, tf.constant(_REINFORCED_DECAY), tf.constant(step + i), 1)
        self.graph_seconds += time.perf_counter() - begin
        return figures

    def _rate(self, step: int, fraction: float) -> float:
        """The rate rises for some hundred steps, or in the first tenth of a shorter budget."""
        assert self.config.learning_rate is not None
        return self.config.learning_rate * min(1.0, max((step + 1) / _WARM_UP, fraction / _WARM_FRACTION))

    def _spellings_of(self, texts: PaddedItems) -> list[Array]:
        """Texts as CTC spells them; none if there is nothing to hear."""
        count = len(texts) if self._layer.heard else 0
        return [self._codec.spelled(row) for row in unpadded(texts, np.arange(count))]

    def _sounds_of(self, spellings: list[Array]) -> RaggedRows:
        """What CTC learns: capitals sound as small letters."""
        sounds = self._codec.sounds()
        return RaggedRows([sounds[letters] for letters in spellings])

    def _padded(self, spellings: RaggedRows, numbers: Array) -> tf.Tensor:
        if not len(spellings):
            return tf.zeros([len(numbers), 0], tf.int32)
        return tf.constant(spellings.padded(numbers, max(1, int(spellings.lengths[numbers].max(initial=1)))))

    def _step(self, inputs: dict[str, tf.Tensor], ids: tf.Tensor, letters: tf.Tensor, step: tf.Tensor, rate: tf.Tensor) -> tf.Tensor:
        seed, config = self.config.seed, self.config
        changed = {**inputs, **self._augmented(inputs, step)}
        with tf.GradientTape() as tape:
            draws = Draws(seed, Purpose.TEXT_DROPOUT, step, 0), Draws(seed, Purpose.TEXT_DROPOUT, step, 1)
            loss, nll = losses.training_loss(self._layer, changed, (ids, letters), draws, config.label_smoothing, self._ctc)
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
            draws = Draws(self.config.seed, Purpose.TEXT_VIEW, step, i)
            if self._layer.forms[name] == FRAMES:
                found[name] = augment.changed(inputs[name], draws)
            elif self._layer.forms[name] == PICTURE:
                found[name] = registry.find(source.codec.modality).changed(inputs[name], _STRENGTH, draws)
        return found

    def held_out(self, kimg: float, fraction: float) -> dict[str, float]:
        """Held-out losses in nat per token; keeps the best weights, and lets the rate fall where nothing improves."""
        found = self.held_out_losses()
        if not found:
            return {}
        found |= self._held_out_errors()
        if self._state.numpy()[4] == _NOT_BEGUN:
            self._keep_if_best(_score(found), fraction)
        return {f"held_out_{name}": value for name, value in found.items()} | ({} if "cer" in found else self._held_out_overlap())

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

    def _held_out_errors(self) -> dict[str, float]:
        """Character error rate `cer` of held-out sounds as CTC spells them without a language model; capitals count as small letters."""
        numbers = self._held_out_sounding()
        if not len(numbers):
            return {}
        self._mean_layer.head, self._sampler.fusion = CTC, None
        ids = self._sampler.sample(self._held_out.full(numbers), np.zeros(len(numbers), np.int64))
        self._mean_layer.head = DECODER
        lengths = self._held_out_sounds.lengths[numbers]
        real = [[self._codec.decode(row)] for row in self._held_out_sounds.padded(numbers, int(lengths.max(initial=1)))]
        return {"cer": round(float(cer([self._codec.decode(row) for row in ids], real)), 4)}

    def _held_out_sounding(self) -> Array:
        """Numbers of the first held-out records with a sound that CTC reads."""
        if not self._layer.heard or not self._ctc or not len(self._held_out):
            return np.zeros(0, np.int64)
        return np.flatnonzero(self._held_out.present[:, list(self._given.sources).index(self._layer.heard)])[:_NUM_HEARD]

    def _held_out_overlap(self) -> dict[str, float]:
        """The chrF of the most probable texts of some held-out records with a condition, which people understand better."""
        numbers = self._held_out_paired()[:_NUM_COMPARED]
        return {"held_out_chrf": round(float(self._overlap(numbers)), 2)} if len(numbers) else {}

    def _held_out_paired(self) -> Array:
        """Numbers of held-out records with a condition that determines the text."""
        return np.flatnonzero(self._held_out.present.any(1)) if self._paired else np.zeros(0, np.int64)

    def _overlap(self, numbers: Array) -> Pooled:
        decode, real = self._codec.decode, self._data.held_out_rows[numbers]
        texts = self._sampler.sample(self._held_out.full(numbers), np.zeros(len(numbers), np.int64))
        return chrf([decode(row) for row in texts], [[decode(row)] for row in real])

    def _measures(self) -> dict[str, Measure]:
        """What reinforced steps are to better: chrF where there are targets, otherwise likelihood and likeness to held-out texts."""
        numbers = self._held_out_paired()
        if len(numbers):
            return {"chrf": Measure(self._overlap(numbers), 1)}
        everything = np.arange(len(self._held_out))
        ids = unpadded(self._data.held_out_rows, everything)
        written = self._sampler.sample(self._held_out.full(everything), everything)
        told = two_sample_auc(*(gram_counts([row[row != PAD].tolist() for row in rows]) for rows in (written, ids)))
        return {"nll": Measure(self._likelihoods(), -1), "two_sample": Measure(told, -1)}

    def _likelihoods(self) -> Pooled:
        """Negative log-likelihood per token of each held-out text."""
        parts = []
        for begin in range(0, len(self._held_out), _HELD_OUT_ROWS):
            numbers = np.arange(begin, min(begin + _HELD_OUT_ROWS, len(self._held_out)))
            inputs = as_inputs(self._held_out.full(numbers), self._specs)
            ids = tf.constant(unpadded(self._data.held_out_rows, numbers))
            parts.append(losses.text_losses(self._mean_layer, self._mean_layer.encode(inputs), ids).numpy())
        return Pooled(np.concatenate(parts).astype(np.float64))

    def held_out_losses(self) -> dict[str, float]:
        """Mean losses of the averaged network on held-out texts: `nll` in nat per token, and of sounds `ctc` in nat per letter."""
        count, totals = len(self._held_out), np.zeros(4)
        order = np.argsort(self._data.held_out_rows.sequences.lengths, kind="stable")
        for begin in range(0, count, _HELD_OUT_ROWS):
            numbers = order[begin : begin + _HELD_OUT_ROWS]
            batch, ids = self._held_out.full(numbers), unpadded(self._data.held_out_rows, numbers)
            letters_of = self._padded(self._held_out_sounds, numbers)
            totals += self._losses(as_inputs(batch, self._specs), tf.constant(ids), letters_of).numpy()
        found = {"nll": totals[:2], "ctc": totals[2:]}
        means = {name: float(total / number) for name, (total, number) in found.items() if number}
        return means if "nll" in means and all(map(np.isfinite, means.values())) else {}

    def sample(self, conditions: Any, seeds: list[int]) -> Array:
        """Ids `[n, T]`: the most probable text of each condition, or without fields a random one."""
        return self._sampler.sample(conditions, seeds)

    def finish(self) -> dict[str, Any]:
        """Keep the best weights; returns entries of the summary."""
        facts: dict[str, Any] = {"vocabulary": self._layer.vocabulary}
        if self._state.numpy()[4] != _NOT_BEGUN:
            return facts | self._keep_or_roll_back() | self.held_out_losses()
        last = [w.numpy() for w in self.average.model.weights]
        restored = self._restore_best()
        readings = self._readings()
        if readings and restored:
            copy_into(self.average.model.weights, last)
            later = self._readings()
            restored = readings[0].errors <= later[0].errors
            readings = readings if restored else later
            copy_into(self.average.model.weights, self._best if restored else last)
        facts |= {"generator_is": "best" if restored else "last"} | self.held_out_losses()
        return facts | (self._choose(readings) if readings else {})

    def _restore_best(self) -> bool:
        """Return to the best held-out weights if the last are worse; whether they are."""
        found, best = self.held_out_losses(), float(self._state.numpy()[0])
        worse = bool(found) and best < _score(found | self._held_out_errors())
        if worse:
            copy_into(self.average.model.weights, self._best)
        return worse

    def _keep_or_roll_back(self) -> dict[str, Any]:
        """Keep the reinforced steps, or go back to the weights before them; returns entries of the summary."""
        if not len(self._held_out):
            return {"reinforced": "kept, nothing is held out"}
        after, last = self._measures(), [w.numpy() for w in self.average.model.weights]
        copy_into(self.average.model.weights, self._best)
        before = self._measures()
        better = kept(before, after)
        if better:
            copy_into(self.average.model.weights, last)
        facts: dict[str, Any] = {"reinforced": "kept" if better else "rolled back"}
        for name, measure in after.items():
            facts |= {f"{name}_before": round(float(before[name].found), 4), f"{name}_reinforced": round(float(measure.found), 4)}
        return facts

    def _readings(self) -> list[Reading]:
        """Ways to read held-out sounds, the best first: by each head, and by the letters with a language model; empty without any."""
        numbers = self._held_out_sounding()
        if not len(numbers):
            return []
        model = letters.learnt(self._spelled, self._codec.num_letters)
        fusions = [Fusion(model, weight, bonus) for weight, bonus in _FUSIONS]
        ways = [(DECODER, None), (CTC, None), *((CTC, fusion) for fusion in fusions)]
        real = [[self._codec.decode(row)] for row in self._data.held_out_rows[numbers]]
        found = []
        for head, fusion in ways:
            self._mean_layer.head, self._sampler.fusion = head, fusion
            ids = self._sampler.sample(self._held_out.full(numbers), np.zeros(len(numbers), np.int64))
            found.append(Reading(float(cer([self._codec.decode(row) for row in ids], real)), head, fusion))
        return sorted(found, key=lambda reading: reading.errors)

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
    """What is to fall: of sounds the errors, since their likelihood falls with certainty long before; otherwise the likelihood."""
    return found.get("cer", found["nll"])


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


def unpadded(texts: PaddedItems, numbers: Array) -> Array:
    """Ids of some texts, as long as the longest of them."""
    items = texts.sequences
    return items.padded(numbers, max(1, int(items.lengths[numbers].max(initial=1))))
