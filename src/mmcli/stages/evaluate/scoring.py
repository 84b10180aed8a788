"""All scores of samples of one field, and the verdict."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts.store import Artifact
from mmcli.core.streams import Purpose, generator
from mmcli.core.ui import Ui
from mmcli.metrics import suite
from mmcli.metrics.paired.obedience import OTHERS, Ranked, others_of, ranked
from mmcli.metrics.score import Score
from mmcli.metrics.suite import FeatureSet
from mmcli.metrics.unpaired.nearest import top_k
from mmcli.metrics.unpaired.neighbours import nearest
from mmcli.metrics.verdict import LEAST_ITEMS, Verdict, verdict
from mmcli.modalities import registry
from mmcli.modalities.base import Codec
from mmcli.modalities.show import StoredField
from mmcli.nn import runtime
from mmcli.stages.evaluate.items import label_numbers
from mmcli.stages.evaluate.judging import SEED, Parts, judge_of
from mmcli.stages.evaluate.matching import Matcher, matcher_of
from mmcli.stages.evaluate.paired import Targets, as_scores, references_of, simple_answers

Array = npt.NDArray[Any]
Numbers = npt.NDArray[np.int64]
_MOST_TRAIN = 10_000
_MOST_REREAD = 2_000  # train items that are written to files and read back, which takes about 5 ms each
_LEAST_MATCHED = 10
_SHOWN_PAIRS = 8


@dataclass(frozen=True)
class Sampled:
    """N samples of a field.

    Attributes:
        rows: `[N, ...]` in the codec's row form.
        labels: Requested label of each, or `None`.
        records: `[N]` record whose fields were the condition; negative if there is none.
        given: Fields that were the condition.
        sources: The file or text each was read from; `None` if there are only rows.
        codec: Codec of the generator, if it differs from that of the data set.
    """

    rows: Array
    labels: list[str | None]
    records: Numbers
    given: list[str]
    sources: Sequence[Path | str | None] = ()
    codec: Codec | None = None

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Scored:
    """Result of scoring.

    Attributes:
        scores: All scores that apply, by name.
        verdict: The verdict.
        generated: The samples as the judge sees them.
        compared: Number of samples in scores of sets, and of real train items beside them.
        searched: Number of train items that were searched for copies.
        pairs: The samples that are nearest to a train item: sample, train record and distance in the judge's features.
    """

    scores: dict[str, Score]
    verdict: Verdict
    generated: FeatureSet
    compared: int
    searched: int
    pairs: list[tuple[int, int, float]]


@dataclass
class Scorer:
    """Scores samples of one field of a data set; what does not depend on the samples is computed once.

    Attributes:
        real: The field.
        codec: Its codec.
        parts: The records to compare with.
        neighbours: k of precision, recall, density and coverage.
        judge_id: Identifies the judge.
    """

    real: StoredField
    codec: Codec
    parts: Parts
    neighbours: int
    judge: Any
    judge_id: str
    matcher: Matcher | None
    _kept: dict[tuple[bool, bytes], FeatureSet] = field(default_factory=dict)
    _digests: dict[bytes, list[int]] = field(default_factory=dict)  # of the same items: making rows of sounds again takes long

    @classmethod
    def of(cls, data: Artifact, real: StoredField, codec: Codec, neighbours: int, ui: Ui, conditions: int = LEAST_ITEMS) -> Scorer:
        """Load or train the judge and, if there are enough samples with `conditions` to tell anything, the encoders."""
        parts = Parts.of(real, ui)
        matcher = matcher_of(data, ui) if min(conditions, len(parts.reference)) >= LEAST_ITEMS else None
        runtime.start(ui, SEED)
        judge, judge_id = judge_of(data, real, codec, ui)
        return cls(real, codec, parts, neighbours, judge, judge_id, matcher)

    def look(self, rows: Array, labels: list[str | None]) -> FeatureSet:
        """Rows as the judge sees them."""
        features, probabilities, realness = self.judge.read(self.codec.to_network(rows))
        return FeatureSet(features, probabilities, label_numbers(labels, self.judge.classes), realness)

    def score(self, samples: Sampled, seed: int) -> Scored:
        """All scores that apply, and the verdict."""
        generated = self.look(samples.rows, samples.labels)
        most = _MOST_TRAIN if self.codec.lossless else _MOST_REREAD
        compared, searched = (self._some_train(count, seed) for count in (len(samples), most))
        control, reference = self._heard(compared), self._heard(self.parts.reference)
        other = self._heard(self.parts.other) if len(self.parts.other) else None
        chosen = np.sort(generator(seed, Purpose.EVALUATE_SAMPLES).permutation(len(samples))[: len(control)])
        scores = self.obedience(samples, seed)
        scores |= self.paired(samples, generated, seed)
        scores |= suite.class_scores(generated, control, reference)
        calibration = other if other is not None and len(other) >= len(reference) else reference
        scores |= suite.realness_scores(generated, reference, calibration)
        scores |= suite.distribution_scores(generated.take(chosen), control, reference, self.neighbours)
        train = self._heard(searched)  # a copy that was written to a file and read back is no longer equal to the item itself
        numbers, near = nearest(generated.features, train.features)
        scores |= suite.copy_scores(generated, train, reference, other, near)
        scores |= suite.repetition_scores(_digests(samples.rows), self._digests[self.parts.reference.tobytes()])
        modality = registry.find(self.codec.modality)
        if modality.scores:  # making the rows of many sounds takes long
            rows = [np.asarray(self.real.rows[numbers]) for numbers in (searched, compared, self.parts.reference)]
            scores |= modality.own_scores(samples.rows[chosen], *rows)
        found = verdict(scores, len(samples), len(reference))
        return Scored(scores, found, generated, len(compared), len(searched), _nearest_pairs(searched[numbers], near))

    def obedience(self, samples: Sampled, seed: int) -> dict[str, Score]:
        """Whether the samples belong to their conditions, next to real targets, train items at random and the nearest ones."""
        if self.matcher is None or not samples.given:
            return {}
        conditions = self.matcher.conditions(samples.given)
        known = np.asarray(conditions.any(1))
        pool = np.unique(samples.records[samples.records >= 0])
        mine = np.flatnonzero((samples.records >= 0) & known[samples.records])
        pool = pool[known[pool]]
        if len(pool) <= OTHERS:
            pool = np.union1d(pool, self.parts.reference[known[self.parts.reference]])
        own = samples.records[mine]
        others = others_of(own, self.matcher.groups, pool, generator(seed, Purpose.EVALUATE_RIVALS))
        if others is None or len(mine) < _LEAST_MATCHED:
            return {}
        items = self.matcher.items(self.real.name, self.codec.to_network(samples.rows[mine]))
        found = ranked(items, own, conditions, others)
        targets = np.asarray(self.matcher.vectors[self.real.name], np.float32)
        has = self.real.table.present(self.real.name)[own]
        ceiling = ranked(targets[own[has]], own[has], conditions, others[has]) if has.any() else None
        train = self.parts.train[known[self.parts.train]]
        floor_numbers = generator(seed, Purpose.EVALUATE_FLOOR).choice(train, len(own))
        simple = {
            "random": ranked(targets[floor_numbers], own, conditions, others),
            "nearest": ranked(targets[_nearest(own, conditions, train)], own, conditions, others),
        }
        return _as_scores(found, ceiling, simple)

    def paired(self, samples: Sampled, generated: FeatureSet, seed: int) -> dict[str, Score]:
        """How like the samples are to the real targets of their records; empty without a condition of their own."""
        table, likeness = self.real.table, registry.find(self.codec.modality).likenesses()
        has = (samples.records >= 0) & table.present(self.real.name)[samples.records]
        mine = generator(seed, Purpose.EVALUATE_PAIRED).permutation(np.flatnonzero(has))[: likeness.most(self.codec)]
        mine = np.sort(mine)
        if not samples.given or len(mine) < _LEAST_MATCHED:
            return {}
        own = samples.records[mine]
        references = references_of(own, table, samples.given, self.real.name, self.parts.reference)
        targets = Targets(self.real, likeness, own, references, lambda numbers: self._seen(numbers).features, samples.codec)
        sources = [samples.sources[i] for i in mine] if len(samples.sources) else [None] * len(mine)
        found = targets.scores(likeness.made(self.codec, samples.rows[mine], sources), generated.features[mine])
        given = [StoredField(self.real.dataset, table, name) for name in samples.given]
        simple = dict(simple_answers(targets, given, self.parts.train, seed))
        if self.matcher is not None:
            conditions = self.matcher.conditions(samples.given)
            train = self.parts.train[conditions[self.parts.train].any(1)]
            simple |= {"nearest": targets.of_records(_nearest(own, conditions, train))} if len(train) else {}
        return as_scores(found, targets.of_each_other(), simple)

    def _some_train(self, most: int, seed: int) -> Numbers:
        """Train records at random, at most `most`."""
        return np.sort(generator(seed, Purpose.EVALUATE_TRAIN).permutation(self.parts.train)[:most])

    def _seen(self, numbers: Numbers, *, written: bool = False) -> FeatureSet:
        """Real items as the judge sees them, as they are stored or as they are `written` to a file and read back."""
        key = written and not self.codec.lossless, numbers.tobytes()
        if key not in self._kept:
            rows = np.asarray(self.real.rows[numbers])
            self._digests[key[1]] = _digests(rows)
            self._kept[key] = self.look(self.codec.reread(rows) if key[0] else rows, self._labels(numbers))
        return self._kept[key]

    def _heard(self, numbers: Numbers) -> FeatureSet:
        """Real items, read back from files like the generated ones."""
        return self._seen(numbers, written=True)

    def _labels(self, numbers: Numbers) -> list[str | None]:
        labels = self.real.table.labels
        return [labels[i] for i in numbers]


def _digests(rows: Array) -> list[int]:
    return [hash(row.tobytes()) for row in rows]


def _nearest_pairs(train: Numbers, distances: Array) -> list[tuple[int, int, float]]:
    """The pairs of samples and train records with the least distances, each train record once."""
    found = dict[int, tuple[int, int, float]]()
    for place in np.argsort(distances, kind="stable").tolist():
        found.setdefault(int(train[place]), (place, int(train[place]), float(distances[place])))
        if len(found) == _SHOWN_PAIRS:
            break
    return list(found.values())


def _nearest(own: Numbers, conditions: Array, train: Numbers) -> Numbers:
    """The train record with the condition most like that of each record."""
    return np.asarray(train[top_k(conditions[own], conditions[train], 1)[0][:, 0]])


def _as_scores(found: Ranked, ceiling: Ranked | None, simple: dict[str, Ranked]) -> dict[str, Score]:
    scores = {}
    for name, part in (("obedience", "r1"), ("obedience_10", "r10"), ("obedience_rank", "rank")):
        real = None if ceiling is None else float(getattr(ceiling, part).mean())
        baselines = {key: float(getattr(ranks, part).mean()) for key, ranks in simple.items()}
        scores[name] = Score.of_items(name, getattr(found, part), real, baselines=baselines)
    return scores
