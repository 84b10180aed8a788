"""What a generator of texts is measured by on held-out records: likelihood, errors of what is heard, chrF, likeness to real texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from mmcli.conditioning.given_items import GivenItems
from mmcli.core.token_ids import PAD
from mmcli.generators.base import Decoding, TrainingData
from mmcli.generators.sequence import letters, losses
from mmcli.generators.sequence.gate import Measure, kept
from mmcli.generators.sequence.hearing import Fusion
from mmcli.generators.sequence.inputs import as_inputs, unpadded
from mmcli.generators.sequence.network import CTC, DECODER, Transducer
from mmcli.generators.sequence.sampler import SequenceSampler
from mmcli.generators.sequence.spelling import Spellings
from mmcli.metrics.bootstrap import Pooled
from mmcli.metrics.paired.text_overlap import cer, chrf
from mmcli.metrics.unpaired.text import ngrams
from mmcli.metrics.unpaired.two_sample import gram_counts, two_sample_auc
from mmcli.modalities.base import TokenCodec
from mmcli.nn.graphs import graph
from mmcli.training.averages import copy_into

Array = npt.NDArray[Any]
_RUN, _RUNS, _MORE_REPEATS = 3, (2, 3, 4), 0.02  # tokens of a run that tells of repetition, lengths that are tried, share of texts
_ROWS = 64
_NUM_COMPARED = 256
_NUM_HEARD = 64  # held-out sounds that choose how sounds are read
_FUSIONS = ((0.3, 0.5), (0.5, 1.0), (0.8, 1.0), (0.8, 1.5))  # weight and bonus of the language model


class Reading(NamedTuple):
    """A way to read sounds: character error rate on held-out ones, head and language model."""

    errors: float
    head: str
    fusion: Fusion | None


class HeldOut:
    """Held-out records, and what a network makes of them.

    Args:
        data: Training data.
        layer: The network's layer.
        sampler: Writes texts with it.
        specs: Its inputs but for the text.
        spelled: Spellings of the train texts and of the held-out ones.
        by_ear: Whether a sound's own states are trained to spell.

    Attributes:
        paired: Whether a condition determines its text.
    """

    def __init__(
        self,
        data: TrainingData,
        layer: Transducer,
        sampler: SequenceSampler,
        specs: Mapping[str, tf.TensorSpec],
        spelled: tuple[Spellings, Spellings],
        *,
        paired: bool,
        by_ear: bool,
    ) -> None:
        assert isinstance(data.held_out, GivenItems)
        assert isinstance(data.codec, TokenCodec)
        self._given, self._texts, self._codec = data.held_out, data.held_out_rows, data.codec
        self._layer, self._sampler, self._specs, self._by_ear = layer, sampler, specs, by_ear
        self._train_spelled, self._spelled = spelled
        self.paired = paired
        ids = tf.TensorSpec((None, None), tf.int32)
        self._losses = graph(lambda *read: losses.held_out_losses(layer, *read), input_signature=[specs, ids, ids])

    def __len__(self) -> int:
        return len(self._given)

    def scores(self) -> dict[str, float]:
        """The losses, and `cer` of sounds or else `chrf`, where they apply; empty if the losses are not finite."""
        found = self.losses()
        return found and found | (self.errors() or self.overlap())

    def losses(self) -> dict[str, float]:
        """Mean losses: `nll` in nat per token, and of sounds `ctc` in nat per letter; empty if there are none or they are not finite."""
        totals, order = np.zeros(4), np.argsort(self._texts.sequences.lengths, kind="stable")
        for begin in range(0, len(self), _ROWS):
            numbers = order[begin : begin + _ROWS]
            inputs, ids = as_inputs(self._given.full(numbers), self._specs), tf.constant(unpadded(self._texts, numbers))
            totals += self._losses(inputs, ids, self._spelled.padded(numbers)).numpy()
        found = {"nll": totals[:2], "ctc": totals[2:]}
        means = {name: float(total / number) for name, (total, number) in found.items() if number}
        return means if "nll" in means and all(map(np.isfinite, means.values())) else {}

    def errors(self) -> dict[str, float]:
        """Character error rate `cer` of sounds as CTC spells them without a language model; capitals count as small letters."""
        numbers = self._sounding()
        if not len(numbers):
            return {}
        self._layer.head, self._sampler.fusion = CTC, None
        texts = self._written(numbers)
        self._layer.head = DECODER
        real = [[self._codec.decode(row)] for row in self._spelled.padded(numbers).numpy()]
        return {"cer": round(float(cer(texts, real)), 4)}

    def overlap(self) -> dict[str, float]:
        """The `chrf` of the most probable texts of some records with a condition, which people understand better."""
        numbers = self._conditioned()[:_NUM_COMPARED]
        return {"chrf": round(float(self._chrf(numbers)), 2)} if len(numbers) else {}

    def measures(self) -> dict[str, Measure]:
        """What a change is to better: chrF where a condition determines the text, otherwise likelihood and likeness to real texts."""
        numbers = self._conditioned()
        if len(numbers):
            return {"chrf": Measure(self._chrf(numbers), 1)}
        everything = np.arange(len(self))
        written = self._sampler.sample(self._given.full(everything), everything)
        sides = (written, unpadded(self._texts, everything))
        told = two_sample_auc(*(gram_counts(_tokens(ids)) for ids in sides))
        return {"nll": Measure(self._likelihoods(), -1), "two_sample": Measure(told, -1)}

    def keep_or_roll_back(self, weights: Sequence[Any], before: Sequence[Any]) -> dict[str, Any]:
        """Keep changed `weights` of the network if texts got better by them, or go back to those `before`; entries of the summary."""
        if not len(self):
            return {"reinforced": "kept, nothing is held out"}
        found, changed = self.measures(), [weight.numpy() for weight in weights]
        copy_into(weights, before)
        earlier = self.measures()
        better = kept(earlier, found)
        if better:
            copy_into(weights, changed)
        facts: dict[str, Any] = {"reinforced": "kept" if better else "rolled back"}
        for name, one in found.items():
            facts |= {f"{name}_before": round(float(earlier[name].found), 4), f"{name}_reinforced": round(float(one.found), 4)}
        return facts

    def readings(self) -> list[Reading]:
        """Ways to read sounds, the best first: by each head, and by the letters with a language model; empty without any."""
        numbers = self._sounding()
        if not len(numbers):
            return []
        model = letters.learnt(self._train_spelled.letters, self._codec.num_letters)
        fusions = [Fusion(model, weight, bonus) for weight, bonus in _FUSIONS]
        ways = [(DECODER, None), (CTC, None), *((CTC, fusion) for fusion in fusions)]
        real = [[self._codec.decode(row)] for row in self._texts[numbers]]
        found = []
        for head, fusion in ways:
            self._layer.head, self._sampler.fusion = head, fusion
            found.append(Reading(float(cer(self._written(numbers), real)), head, fusion))
        return sorted(found, key=lambda reading: reading.errors)

    def no_repeat(self, model: keras.Model) -> int:
        """Length of runs of tokens that had better not occur twice in a text, by the chrF of most probable texts; 0 if any may."""
        numbers = self._conditioned()[:_NUM_COMPARED]
        if not len(numbers):
            return 0
        conditions, seeds = self._given.full(numbers), np.zeros(len(numbers), np.int64)
        written = self._sampler.sample(conditions, seeds)
        if repeating(written) <= repeating(unpadded(self._texts, numbers)) + _MORE_REPEATS:
            return 0
        real, found = [[self._codec.decode(row)] for row in self._texts[numbers]], {0: written}
        for size in _RUNS:
            found[size] = SequenceSampler(model, self._codec, Decoding(beam=1, no_repeat=size)).sample(conditions, seeds)
        scores = {size: Measure(chrf([self._codec.decode(row) for row in ids], real), 1) for size, ids in found.items()}
        better = [size for size in _RUNS if kept({"chrf": scores[0]}, {"chrf": scores[size]})]
        return max(better, key=lambda size: float(scores[size].found), default=0)

    def _sounding(self) -> Array:
        """Numbers of the first records with a sound that CTC reads."""
        if not self._layer.heard or not self._by_ear or not len(self):
            return np.zeros(0, np.int64)
        return np.flatnonzero(self._given.present[:, list(self._given.sources).index(self._layer.heard)])[:_NUM_HEARD]

    def _conditioned(self) -> Array:
        """Numbers of records with a condition that determines the text."""
        return np.flatnonzero(self._given.present.any(1)) if self.paired else np.zeros(0, np.int64)

    def _written(self, numbers: Array) -> list[str]:
        """Texts of the records' conditions."""
        return [self._codec.decode(row) for row in self._sampler.sample(self._given.full(numbers), np.zeros(len(numbers), np.int64))]

    def _chrf(self, numbers: Array) -> Pooled:
        return chrf(self._written(numbers), [[self._codec.decode(row)] for row in self._texts[numbers]])

    def _likelihoods(self) -> Pooled:
        """Negative log-likelihood per token of each text."""
        parts = []
        for begin in range(0, len(self), _ROWS):
            numbers = np.arange(begin, min(begin + _ROWS, len(self)))
            memory = self._layer.encode(as_inputs(self._given.full(numbers), self._specs))
            parts.append(losses.text_losses(self._layer, memory, tf.constant(unpadded(self._texts, numbers))).numpy())
        return Pooled(np.concatenate(parts).astype(np.float64))


def repeating(texts: Array) -> float:
    """Share of texts of ids `[N, T]` in which a run of three tokens occurs twice."""
    return float(np.mean([max(ngrams(text, _RUN).values(), default=0) > 1 for text in _tokens(texts)]))


def _tokens(texts: Array) -> list[list[int]]:
    return [row[row != PAD].tolist() for row in texts]
