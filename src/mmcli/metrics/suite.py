"""The scores of generated items, each beside the same figure of real items.

Reference is the real held-out split. The figure beside a distribution score is that of as many
real train items against the same reference, so both have the same bias.
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

# Name -> which direction is better, and what it says.
KNOWN = {
    "condition_accuracy": ("higher", "judged as the label that was asked for"),
    "keypad_accuracy": ("higher", "read by rule as the digit that was asked for"),
    "keypad_parses": ("higher", "sentences that follow a template"),
    "frechet": ("lower", "distance between the two sets as Gaussians"),
    "kid": ("lower", "kernel distance, unbiased: 0 for equal distributions"),
    "precision": ("higher", "samples among real neighbours"),
    "recall": ("higher", "real items among samples' neighbours"),
    "density": ("higher", "real neighbourhoods around a sample"),
    "coverage": ("higher", "real items that have a sample near"),
    "diversity": ("higher", "mean distance within one label"),
    "inception_score": ("higher", "sharp and balanced classes"),
    "copies": ("lower", "as near to a train item as only 1 % of train items are to each other"),
    "nearer_to_train": ("lower", "nearer to train than to held-out items; 0.5 is fair"),
    "bleu_2": ("higher", "word pairs that held-out texts have"),
    "bleu_3": ("higher", "the same for three words"),
    "bleu_4": ("higher", "the same for four words"),
    "self_bleu_4": ("lower", "how much the texts repeat each other"),
    "distinct_2": ("higher", "different word pairs over all"),
}


@dataclass(frozen=True)
class Score:
    """One figure.

    Attributes:
        value: Of the generated items.
        real: Of real items, at the same number where the number matters; `None` where there is none.
        better: `higher` or `lower`.
        n: Generated items that were scored.
    """

    value: float
    real: float | None
    better: str
    n: int

    @classmethod
    def named(cls, name: str, value: float, real: float | None, n: int) -> Score:
        """A score of `KNOWN`."""
        return cls(float(value), None if real is None else float(real), KNOWN[name][0], n)

    def to_json(self) -> dict[str, Any]:
        """JSON value."""
        return asdict(self)


@dataclass(frozen=True)
class FeatureSet:
    """What a judge says about items.

    Attributes:
        features: `[N, d]`.
        probabilities: `[N, C]`; C is 0 where the judge knows no labels.
        labels: `[N]` class that was asked for, or is true; negative where unknown.
    """

    features: Floats
    probabilities: Floats
    labels: Ints

    def __len__(self) -> int:
        return len(self.features)

    def take(self, rows: Ints) -> FeatureSet:
        """Some of the items."""
        return FeatureSet(self.features[rows], self.probabilities[rows], self.labels[rows])

    def accuracy(self) -> float:
        """Share of the labelled items that the judge reads as their label."""
        known = self.labels >= 0
        return float((self.probabilities[known].argmax(1) == self.labels[known]).mean())


def distribution_scores(samples: FeatureSet, control: FeatureSet, reference: FeatureSet, k: int) -> dict[str, Score]:
    """Scores of two sets against one reference.

    Args:
        samples: Generated items.
        control: As many real train items.
        reference: Real held-out items.
        k: Neighbours; fewer are used where a set is smaller.
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
    """Does the generator repeat its train items?

    Args:
        samples: Generated items.
        train: Real train items.
        held_out: Real items of the test split.
        other: More real held-out items, for the real figure of `nearer_to_train`.
    """
    count = len(samples)
    real = nearer_to_train(other.features, train.features, held_out.features) if other is not None and len(other) else None
    nearer = nearer_to_train(samples.features, train.features, held_out.features)
    return {
        "copies": Score.named("copies", copies(samples.features, train.features), copies(held_out.features, train.features), count),
        "nearer_to_train": Score.named("nearer_to_train", nearer, real, count),
    }


def class_scores(samples: FeatureSet, control: FeatureSet, reference: FeatureSet) -> dict[str, Score]:
    """Scores that need labels; none where the judge knows no classes."""
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
    """BLEU against the reference, self-BLEU and distinct pairs, for as many real texts too."""
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
    """Asked against read: the confusion matrix and each class's accuracy."""
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
