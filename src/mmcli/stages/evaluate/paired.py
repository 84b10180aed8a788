"""Samples against the real targets of the records that conditioned them, next to what simpler answers would score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts.records import Records
from mmcli.core.streams import Purpose, generator
from mmcli.metrics.bootstrap import Pooled
from mmcli.metrics.paired.best import best_of
from mmcli.metrics.paired.retrieval import unit
from mmcli.metrics.score import Score
from mmcli.modalities.base import Codec
from mmcli.modalities.likeness import Forms, Likeness
from mmcli.modalities.show import StoredField

Array = npt.NDArray[Any]
Numbers = npt.NDArray[np.int64]
Features = Callable[[Numbers], Array]
_MOST_REFERENCES = 5  # as many as the usual data sets of captions have
_HALF = 0.5


@dataclass(frozen=True)
class Targets:
    """What samples should be.

    Attributes:
        field: The field that was generated.
        likeness: How its items are compared.
        own: `[n]` record of each sample that is compared.
        references: Records with the same condition and a target, of each sample; its own is the first.
        features: Function from records to the judge's features of their targets.
        codec: Codec of the generator, if it has one of its own: real items are compared in its form.
    """

    field: StoredField
    likeness: Likeness
    own: Numbers
    references: list[Numbers]
    features: Features
    codec: Codec | None = None

    def real(self, field: StoredField, numbers: Numbers) -> Forms:
        """Real items of a field, as the generator writes them."""
        return self.likeness.real(field, numbers, self.codec)

    def scores(self, items: Forms, features: Array | None, references: Sequence[Numbers] | None = None) -> dict[str, Pooled]:
        """Scores of n items, and of the judge's features `[n, d]` of them."""
        chosen = self.references if references is None else references
        numbers = np.unique(np.concatenate(chosen))
        place = {number: i for i, number in enumerate(numbers.tolist())}
        forms = self.real(self.field, numbers)
        found = self.likeness.scores(items, [[forms[place[number]] for number in own.tolist()] for own in chosen])
        if features is not None and self.likeness.by_features:
            known = unit(self.features(numbers))
            own_features = [[known[place[number]] for number in own.tolist()] for own in chosen]
            found["feature_distance"] = best_of(_cosine_distances, list(unit(features)), own_features, np.minimum)
        return found

    def of_records(self, numbers: Numbers) -> dict[str, Pooled]:
        """Scores of the real targets of other records."""
        return self.scores(self.real(self.field, numbers), self.features(numbers))

    def of_each_other(self) -> dict[str, Pooled]:
        """Scores of real targets against others of the same condition; empty unless most conditions have several."""
        several = [own for own in self.references if len(own) > 1]
        if len(several) < _HALF * len(self.references):
            return {}
        first = np.array([own[0] for own in several])
        return self.scores(self.real(self.field, first), self.features(first), [own[1:] for own in several])


def _cosine_distances(x: Sequence[Array], y: Sequence[Array]) -> Array:
    return np.asarray(1.0 - np.einsum("nd,nd->n", np.stack(x), np.stack(y)))


def references_of(own: Numbers, table: Records, given: Sequence[str], target: str, pool: Numbers) -> list[Numbers]:
    """Each record, and at most four others of `pool` that have the target and the same content of all given fields."""
    keys = list(zip(*(table.digests(name) for name in given), strict=True))
    alike: dict[Any, list[int]] = {}
    present = table.present(target)
    for number in pool.tolist():
        if present[number]:
            alike.setdefault(keys[number], []).append(number)
    others = ([other for other in alike.get(keys[number], []) if other != number] for number in own.tolist())
    return [np.array([number, *more[: _MOST_REFERENCES - 1]]) for number, more in zip(own.tolist(), others, strict=True)]


def simple_answers(targets: Targets, given: Sequence[StoredField], train: Numbers, seed: int) -> Iterator[tuple[str, dict[str, Pooled]]]:
    """Names and scores of answers that need no generator."""
    count, field = len(targets.own), targets.field
    yield "random", targets.of_records(generator(seed, Purpose.EVALUATE_PAIRED_FLOOR).choice(train, count))
    digests = field.table.digests(field.name)
    counted = Counter(digests[number] for number in train.tolist())
    digest, times = counted.most_common(1)[0]
    if digest is not None and times > 1:
        first = next(number for number in train.tolist() if digests[number] == digest)
        yield "most_frequent", targets.of_records(np.full(count, first))
    for source in given:
        if targets.likeness.comparable(source.codec, field.codec) and source.table.present(source.name)[targets.own].all():
            yield "source", targets.scores(targets.real(source, targets.own), None)
            break


def as_scores(found: dict[str, Pooled], real: dict[str, Pooled], simple: dict[str, dict[str, Pooled]]) -> dict[str, Score]:
    """Scores with those of real targets against each other and of simple answers."""
    return {
        name: Score.pooled(
            name,
            value,
            float(real[name]) if name in real else None,
            baselines={key: float(scores[name]) for key, scores in simple.items() if name in scores},
        )
        for name, value in found.items()
    }
