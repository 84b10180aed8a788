"""Scores of generated items, each next to the same score of real items.

The reference is the real held-out split. Distribution scores are reported next to those of an equal
number of real train items against the same reference, so that both have the same bias.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.metrics.paired import classes
from mmcli.metrics.paired.confusion import confusion
from mmcli.metrics.unpaired import text
from mmcli.metrics.unpaired.frechet import frechet_distance
from mmcli.metrics.unpaired.kid import kernel_distance
from mmcli.metrics.unpaired.manifold import manifold
from mmcli.metrics.unpaired.neighbours import copies, nearer_to_train

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
Tokens = Sequence[Sequence[int]]

# Name -> which direction is better, and a description.
KNOWN = {
    "condition_accuracy": ("higher", "classified as the requested label"),
    "keypad_accuracy": ("higher", "decoded by rule as the requested digit"),
    "keypad_parses": ("higher", "sentences that follow a template"),
    "frechet": ("lower", "Frechet distance between the two sets"),
    "kid": ("lower", "unbiased kernel distance; 0 for equal distributions"),
    "precision": ("higher", "samples within real neighbourhoods"),
    "recall": ("higher", "real items within sample neighbourhoods"),
    "density": ("higher", "real neighbourhoods around a sample"),
    "coverage": ("higher", "real items with a sample nearby"),
    "diversity": ("higher", "mean distance within a label"),
    "inception_score": ("higher", "sharp and balanced classes"),
    "copies": ("lower", "closer to a train item than 99 % of train items are to each other"),
    "nearer_to_train": ("lower", "closer to train than to held-out items; 0.5 is ideal"),
    "bleu_2": ("higher", "word 2-grams found in held-out texts"),
    "bleu_3": ("higher", "word 3-grams found in held-out texts"),
    "bleu_4": ("higher", "word 4-grams found in held-out texts"),
    "self_bleu_4": ("lower", "how much the texts repeat each other"),
    "distinct_2": ("higher", "fraction of distinct word 2-grams"),
}


@dataclass(frozen=True)
class Score:
    """One score.

    Attributes:
        value: Score of the generated items; `None` if there are too few to tell.
        real: Score of real items, with the same sample size if it matters; `None` if there is none.
        better: `higher` or `lower`.
        n: Number of generated items that were scored.
        reason: Why there is no value.
    """

    value: float | None
    real: float | None
    better: str
    n: int
    reason: str = ""

    @classmethod
    def named(cls, name: str, value: float, real: float | None, n: int) -> Score:
        """A score of `KNOWN`."""
        return cls(float(value), None if real is None else float(real), KNOWN[name][0], n)

    def to_json(self) -> dict[str, Any]:
        """JSON value."""
        return asdict(self)


@dataclass(frozen=True)
class FeatureSet:
    """Output of a judge for a set of items.

    Attributes:
        features: `[N, d]`.
        probabilities: `[N, C]`; C is 0 if the judge has no labels.
        labels: `[N]`, the requested or true class; negative if unknown.
    """

    features: Floats
    probabilities: Floats
    labels: Ints

    def __len__(self) -> int:
        return len(self.features)

    def take(self, rows: Ints) -> FeatureSet:
        """A subset of the items."""
        return FeatureSet(self.features[rows], self.probabilities[rows], self.labels[rows])

    def accuracy(self) -> float:
        """Fraction of labelled items that the judge classifies as their label."""
        known = self.labels >= 0
        return float((self.probabilities[known].argmax(1) == self.labels[known]).mean())


def distribution_scores(samples: FeatureSet, control: FeatureSet, reference: FeatureSet, k: int) -> dict[str, Score]:
    """Scores of two sets against one reference.

    Args:
        samples: Generated items.
        control: An equal number of real train items.
        reference: Real held-out items.
        k: Number of neighbours; fewer are used if a set is smaller.
    """
    k = min(k, len(samples) - 1, len(control) - 1, len(reference) - 1)
    figures: list[dict[str, float]] = []
    for side in (samples, control):
        near = manifold(reference.features, side.features, k)
        figures.append(
            {
                "frechet": frechet_distance(side.features, reference.features),
                "kid": kernel_distance(side.features, reference.features),
                **asdict(near),
            }
        )
    return {name: Score.named(name, value, figures[1][name], len(samples)) for name, value in figures[0].items()}


def copy_scores(samples: FeatureSet, train: FeatureSet, held_out: FeatureSet, other: FeatureSet | None) -> dict[str, Score]:
    """Measure whether the generator copies its training items.

    Args:
        samples: Generated items.
        train: Real train items.
        held_out: Real items of the test split.
        other: More real held-out items, for the real score of `nearer_to_train`.
    """
    count = len(samples)
    real = nearer_to_train(other.features, train.features, held_out.features) if other is not None and len(other) else None
    nearer = nearer_to_train(samples.features, train.features, held_out.features)
    return {
        "copies": Score.named("copies", copies(samples.features, train.features), copies(held_out.features, train.features), count),
        "nearer_to_train": Score.named("nearer_to_train", nearer, real, count),
    }


def class_scores(samples: FeatureSet, control: FeatureSet, reference: FeatureSet) -> dict[str, Score]:
    """Scores that need labels; empty if the judge has no classes."""
    found: dict[str, Score] = {}
    labelled = int((samples.labels >= 0).sum())
    if samples.probabilities.shape[1] == 0:
        return found
    if labelled and (reference.labels >= 0).any():
        found["condition_accuracy"] = Score.named("condition_accuracy", samples.accuracy(), reference.accuracy(), labelled)
        pair = _both(lambda side: classes.diversity(side.features, side.labels), samples, control)
        if pair:
            found["diversity"] = Score.named("diversity", *pair, len(samples))
    real = classes.inception_score(control.probabilities)
    found["inception_score"] = Score.named("inception_score", classes.inception_score(samples.probabilities), real, len(samples))
    return found


def _both(measure: Callable[[FeatureSet], float], samples: FeatureSet, control: FeatureSet) -> tuple[float, float] | None:
    try:
        return measure(samples), measure(control)
    except ValueError:
        return None


def text_scores(samples: Tokens, control: Tokens, reference: Tokens) -> dict[str, Score]:
    """BLEU against the reference, self-BLEU and distinct 2-grams, also for an equal number of real texts."""
    count = len(samples)
    found = {}
    for order in (2, 3, 4):
        name = f"bleu_{order}"
        found[name] = Score.named(name, text.bleu(samples, reference, order), text.bleu(control, reference, order), count)
    if count > 1 and len(control) > 1:
        found["self_bleu_4"] = Score.named("self_bleu_4", text.self_bleu(samples), text.self_bleu(control), count)
    found["distinct_2"] = Score.named("distinct_2", text.distinct(samples, 2), text.distinct(control, 2), count)
    return found


def per_class(samples: FeatureSet, names: Sequence[str]) -> dict[str, Any]:
    """Requested against predicted label: the confusion matrix and the accuracy per class."""
    known = samples.take(np.flatnonzero(samples.labels >= 0))
    table = confusion(known.labels, known.probabilities.argmax(1), len(names))
    counts = table.sum(1)
    rows = [
        {
            "class": name,
            "asked": int(counts[i]),
            "accuracy": float(table[i, i] / counts[i]) if counts[i] else None,
            "most_confused_with": _most_confused(table[i], i, names),
        }
        for i, name in enumerate(names)
    ]
    return {"classes": list(names), "confusion": table.tolist(), "rows": rows}


def _most_confused(counts: npt.NDArray[np.int64], own: int, names: Sequence[str]) -> str | None:
    others = counts.copy()
    others[own] = 0
    return names[int(others.argmax())] if others.any() else None
