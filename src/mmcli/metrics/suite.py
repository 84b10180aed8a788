"""Scores of generated items, each next to the same score of real items.

The reference is the real held-out split. Distribution scores are reported next to those of an equal
number of real train items against the same reference, so that both have the same bias.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.metrics.bootstrap import centred, resamples
from mmcli.metrics.paired import classes
from mmcli.metrics.paired.confusion import confusion
from mmcli.metrics.score import Score
from mmcli.metrics.unpaired import text
from mmcli.metrics.unpaired.frechet import frechet_distance, frechet_draws
from mmcli.metrics.unpaired.kid import kernel_distance, kernel_draws
from mmcli.metrics.unpaired.language_model import learn
from mmcli.metrics.unpaired.manifold import manifold, manifold_items, neighbour_distance
from mmcli.metrics.unpaired.memorisation import copying_z, excess_probability, longest_run, repeated_grams, verbatim
from mmcli.metrics.unpaired.neighbours import copied, nearer_to_train, nearest_distance
from mmcli.metrics.unpaired.two_sample import gram_counts, two_sample_auc

Floats = npt.NDArray[np.floating]
Ints = npt.NDArray[np.integer]
Tokens = Sequence[Sequence[int]]
HALF = 0.5
_LEAST_RESAMPLED = 10  # of fewer items, a draw may be the same item over and over
_SET_DRAWS = 200  # of a distance between sets, each as long as the distance itself
_GRAM = 8  # tokens of the n-grams that are searched for in train texts
_REJECTED = 0.05  # of real held-out items


@dataclass(frozen=True)
class FeatureSet:
    """Output of a judge for a set of items.

    Attributes:
        features: `[N, d]`.
        probabilities: `[N, C]`; C is 0 if the judge has no labels.
        labels: `[N]`, the requested or true class; negative if unknown.
        realness: `[N]`, logit of being real.
    """

    features: Floats
    probabilities: Floats
    labels: Ints
    realness: Floats

    def __len__(self) -> int:
        return len(self.features)

    def take(self, rows: Ints) -> FeatureSet:
        """A subset of the items."""
        return FeatureSet(self.features[rows], self.probabilities[rows], self.labels[rows], self.realness[rows])

    def hits(self) -> Floats:
        """Whether the judge classifies each labelled item as its label, `[n]`."""
        known = self.labels >= 0
        return np.asarray(self.probabilities[known].argmax(1) == self.labels[known], dtype=np.float64)


def distribution_scores(samples: FeatureSet, control: FeatureSet, reference: FeatureSet, k: int) -> dict[str, Score]:
    """Scores of two sets against one reference.

    Args:
        samples: Generated items.
        control: An equal number of real train items.
        reference: Real held-out items.
        k: Number of neighbours; fewer are used if a set is smaller.
    """
    k = min(k, len(samples) - 1, len(control) - 1, len(reference) - 1)
    radius = neighbour_distance(reference.features, k)
    near = manifold_items(reference.features, samples.features, k, radius)
    real = manifold(reference.features, control.features, k, radius)
    found = {name: Score.of_items(name, values, getattr(real, name)) for name, values in vars(near).items()}
    for name, measure in (("frechet", frechet_distance), ("kid", kernel_distance)):
        value, of_real = (measure(side.features, reference.features) for side in (samples, control))
        found[name] = Score.named(name, value, of_real, len(samples))
    told, told_real = (two_sample_auc(side.features, reference.features) for side in (samples, control))
    found["two_sample"] = Score.pooled("two_sample", told, float(told_real), n=len(samples))
    if min(len(samples), len(reference)) < _LEAST_RESAMPLED:
        return found
    counts = [resamples(len(side), number)[:_SET_DRAWS] for number, side in enumerate((samples, reference))]
    for name, draw in (("frechet", frechet_draws), ("kid", kernel_draws)):
        draws = centred(draw(samples.features, reference.features, *counts), float(found[name].value or 0.0))
        found[name] = found[name].resampled(draws if name == "kid" else np.maximum(draws, 0.0))
    return found


def realness_scores(samples: FeatureSet, reference: FeatureSet, calibration: FeatureSet) -> dict[str, Score]:
    """Fraction of samples that look as real to the judge as 95 % of real held-out items, `calibration`."""
    bound = np.quantile(calibration.realness, _REJECTED)
    real = float((reference.realness >= bound).mean())
    return {"realistic": Score.of_items("realistic", samples.realness >= bound, real)}


def copy_scores(
    samples: FeatureSet, train: FeatureSet, held_out: FeatureSet, other: FeatureSet | None, near: Floats | None = None
) -> dict[str, Score]:
    """Measure whether the generator copies its training items.

    Args:
        samples: Generated items.
        train: Real train items.
        held_out: Real items of the test split.
        other: More real held-out items, for the real score of `nearer_to_train`.
        near: `[N]` distance of each sample to its nearest train item, if it is known.
    """
    known = other if other is not None and len(other) else None
    real = float(nearer_to_train(known.features, train.features, held_out.features)) if known else None
    nearer = nearer_to_train(samples.features, train.features, held_out.features)
    near = nearest_distance(samples.features, train.features) if near is None else near
    new = nearest_distance(held_out.features, train.features)
    between = neighbour_distance(train.features)
    (ours, of_train), (theirs, _) = copied(near, between), copied(new, between)
    # Held-out items are few, so train items that are as near to each other count beside them.
    chance = excess_probability(ours, np.concatenate([theirs, of_train]))
    z = float(copying_z(nearest_distance(known.features, train.features), new)) if known else None
    return {
        "copies": Score.of_items("copies", ours, float(theirs.mean()), chance=chance),
        "copying_z": Score.pooled("copying_z", copying_z(near, new), z),
        "nearer_to_train": Score.pooled("nearer_to_train", nearer, real),
    }


def repetition_scores(samples: Sequence[Hashable], reference: Sequence[Hashable]) -> dict[str, Score]:
    """Fraction of the samples that are one and the same, next to held-out items; empty if no item occurs twice."""
    if all(len(set(side)) == len(side) for side in (samples, reference)):
        return {}
    share, real = (text.most_frequent_share([[one] for one in side]) for side in (samples, reference))
    return {"most_frequent_share": Score.named("most_frequent_share", share, real, len(samples))}


def class_scores(samples: FeatureSet, control: FeatureSet, reference: FeatureSet) -> dict[str, Score]:
    """Scores that need labels; empty if the judge has no classes."""
    found: dict[str, Score] = {}
    labelled = int((samples.labels >= 0).sum())
    if samples.probabilities.shape[1] == 0:
        return found
    if labelled and (reference.labels >= 0).any():
        hits = samples.hits()
        real = float(reference.hits().mean())
        found["condition_accuracy"] = Score.of_items("condition_accuracy", hits, real, baselines={"random": _at_random(samples)})
        pair = _both(lambda side: classes.diversity(side.features, side.labels), samples, control)
        if pair:
            found["diversity"] = Score.named("diversity", *pair, len(samples))
    real = classes.inception_score(control.probabilities)
    found["inception_score"] = Score.named("inception_score", classes.inception_score(samples.probabilities), real, len(samples))
    return found


def _at_random(samples: FeatureSet) -> float:
    """Accuracy if the labels were dealt out to the samples anew."""
    known = samples.labels >= 0
    asked, guessed = samples.labels[known], samples.probabilities[known].argmax(1)
    shares = [np.bincount(numbers, minlength=samples.probabilities.shape[1]) / len(asked) for numbers in (asked, guessed)]
    return float(shares[0] @ shares[1])


def _both(measure: Callable[[FeatureSet], float], samples: FeatureSet, control: FeatureSet) -> tuple[float, float] | None:
    try:
        return measure(samples), measure(control)
    except ValueError:
        return None


def text_scores(samples: Tokens, train: Tokens, control: Tokens, reference: Tokens, vocabulary: int) -> dict[str, Score]:
    """Scores of texts of ids below `vocabulary`, next to those of `control`: as many real train texts.

    Args:
        samples: Generated texts.
        train: Real train texts.
        control: As many real train texts as samples.
        reference: Real held-out texts.
        vocabulary: Number of ids.
    """
    count = len(samples)
    found = {}
    model = learn(train, vocabulary)
    held_out = model.nats_per_token(reference)
    bound = np.quantile(held_out, 1.0 - _REJECTED)
    found["typical"] = Score.of_items("typical", model.nats_per_token(samples) <= bound, float((held_out <= bound).mean()))
    reverse = [learn(side, vocabulary).nats_per_token(reference) for side in (samples, control)]
    found["held_out_nats"] = Score.of_items("held_out_nats", reverse[0], float(reverse[1].mean()))
    told, told_real = (two_sample_auc(gram_counts(side), gram_counts(reference)) for side in (samples, control))
    found["two_sample"] = Score.pooled("two_sample", told, float(told_real), n=count)
    forward, real_forward = text.bleus(samples, reference), text.bleus(control, reference)
    for order in (2, 3, 4):
        if np.mean([len(one) >= order for one in reference]) < HALF:
            continue  # most texts have no such n-gram
        name = f"forward_bleu_{order}"
        found[name] = Score.named(name, forward[order - 1], real_forward[order - 1], count)
    if count > 1 and len(control) > 1:
        found["self_bleu_4"] = Score.named("self_bleu_4", text.self_bleu(samples), text.self_bleu(control), count)
    found["distinct_2"] = Score.named("distinct_2", text.distinct(samples, 2), text.distinct(control, 2), count)
    return found | _repeated(samples, train, reference)


def _repeated(samples: Tokens, train: Tokens, reference: Tokens) -> dict[str, Score]:
    """How much texts repeat the train texts word for word, next to held-out texts."""
    same, new = verbatim(samples, train), verbatim(reference, train)
    found = {"verbatim": Score.of_items("verbatim", same, float(new.mean()), chance=excess_probability(same, new))}
    # The longest of many runs is longer, so as many texts are compared.
    most = min(len(samples), len(reference))
    found["longest_run"] = Score.named("longest_run", longest_run(samples[:most], train), longest_run(reference[:most], train), most)
    ours, theirs = repeated_grams(samples, train), repeated_grams(reference, train)
    if ours and theirs and np.mean([len(one) >= _GRAM for one in reference]) >= HALF:
        found["repeated_8_grams"] = Score.pooled("repeated_8_grams", ours, float(theirs))
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
