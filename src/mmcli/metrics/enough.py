"""How many items a score needs to tell anything; with fewer it has no value, and no threshold passes on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from mmcli.metrics.score import Score

TOO_FEW = "too few to tell"
_NOUNS = ("samples", "reference items", "train items")


class Least(NamedTuple):
    """Least numbers of generated items, real reference items and real train items."""

    samples: int
    reference: int = 0
    train: int = 0


_OF_SAMPLES = Least(20)  # the 95 % confidence interval of a fraction of fewer is wider than 22 points to either side
_OF_BOTH = Least(20, 20)  # also for distances of sets, which are mostly noise with fewer
LEAST = {
    "condition_accuracy": _OF_SAMPLES,
    "keypad_accuracy": _OF_SAMPLES,
    "keypad_parses": _OF_SAMPLES,
    "frechet": _OF_BOTH,
    "kid": _OF_BOTH,
    "precision": _OF_BOTH,
    "recall": _OF_BOTH,
    "density": _OF_BOTH,
    "coverage": _OF_BOTH,
    "diversity": _OF_SAMPLES,
    "inception_score": _OF_SAMPLES,
    "obedience": _OF_SAMPLES,
    "obedience_10": _OF_SAMPLES,
    "obedience_rank": _OF_SAMPLES,
    **dict.fromkeys(("bleu", "chrf", "rouge_1", "rouge_2", "rouge_l", "wer", "cer", "exact_match"), _OF_SAMPLES),
    **dict.fromkeys(("ssim", "mcd_db", "feature_distance"), _OF_SAMPLES),
    "realistic": _OF_BOTH,
    "typical": _OF_BOTH,
    "held_out_nats": _OF_BOTH,
    "two_sample": _OF_BOTH,
    "copying_z": _OF_BOTH,
    "copies": Least(20, 20, 100),  # the distance of the nearest 1 % of train items
    "nearer_to_train": _OF_BOTH,
    "forward_bleu_2": _OF_BOTH,
    "forward_bleu_3": _OF_BOTH,
    "forward_bleu_4": _OF_BOTH,
    "self_bleu_4": _OF_SAMPLES,
    "distinct_2": _OF_SAMPLES,
    "most_frequent_share": _OF_SAMPLES,
    **dict.fromkeys(("verbatim", "longest_run", "repeated_8_grams"), _OF_BOTH),
}


def without_noise(scores: Mapping[str, Score], *, reference: int, train: int) -> dict[str, Score]:
    """The scores, where those of too few items have no value but a reason.

    Args:
        scores: Scores by name.
        reference: Number of real reference items.
        train: Number of real train items that samples were compared with.
    """
    found = {}
    for name, score in scores.items():
        counts = zip(_NOUNS, (score.n, reference, train), LEAST.get(name, _OF_SAMPLES), strict=True)
        lacking = [f"{have:,} {noun}, {need:,} needed" for noun, have, need in counts if have < need]
        found[name] = _without_value(score, "; ".join(lacking)) if lacking else score
    return found


def _without_value(score: Score, reason: str) -> Score:
    return replace(score, value=None, real=None, low=None, high=None, draws=None, baselines={}, chance=None, reason=reason)
