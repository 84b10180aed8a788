"""A score, its name, and what it is printed beside."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.metrics.bootstrap import Pooled, interval

Floats = npt.NDArray[np.floating]

# Name -> which direction is better, and a description.
KNOWN = {
    "condition_accuracy": ("higher", "classified as the requested label"),
    "keypad_accuracy": ("higher", "decoded by rule as the requested digit"),
    "keypad_parses": ("higher", "sentences that follow a template"),
    "obedience": ("higher", "their own condition fits best among 100"),
    "obedience_10": ("higher", "their own condition is among the best 10 of 100"),
    "obedience_rank": ("lower", "mean rank of their own condition among 100"),
    "bleu": ("higher", "BLEU of texts with their real targets, 0 to 100"),
    "chrf": ("higher", "chrF of texts with their real targets, 0 to 100"),
    "rouge_1": ("higher", "ROUGE-1 with their real targets"),
    "rouge_2": ("higher", "ROUGE-2 with their real targets"),
    "rouge_l": ("higher", "ROUGE-L with their real targets"),
    "wer": ("lower", "word error rate against their real targets"),
    "cer": ("lower", "character error rate against their real targets"),
    "exact_match": ("higher", "equal to their real targets"),
    "ssim": ("higher", "structural similarity to their real targets"),
    "mcd_db": ("lower", "mel-cepstral distortion against their real targets, in dB"),
    "feature_distance": ("lower", "cosine distance to their real targets in the judge's features"),
    "realistic": ("higher", "look real to a judge that has seen corrupted items"),
    "typical": ("higher", "texts as likely, word after word, as 95 % of real ones"),
    "held_out_nats": ("lower", "nats per token of real texts under a model of the samples"),
    "two_sample": ("lower", "how well a classifier tells samples from real items; 0.5 is ideal"),
    "frechet": ("lower", "Frechet distance between the two sets"),
    "kid": ("lower", "unbiased kernel distance; 0 for equal distributions"),
    "precision": ("higher", "samples within real neighbourhoods"),
    "recall": ("higher", "real items within sample neighbourhoods"),
    "density": ("higher", "real neighbourhoods around a sample"),
    "coverage": ("higher", "real items with a sample nearby"),
    "diversity": ("higher", "mean distance within a label"),
    "inception_score": ("higher", "sharp and balanced classes"),
    "copies": ("lower", "closer to a train item than 99 % of train items are to each other"),
    "copying_z": ("higher", "distance to train items against that of held-out ones, in standard deviations"),
    "nearer_to_train": ("lower", "closer to train than to held-out items; 0.5 is ideal"),
    "forward_bleu_2": ("higher", "word 2-grams found in held-out texts"),
    "forward_bleu_3": ("higher", "word 3-grams found in held-out texts"),
    "forward_bleu_4": ("higher", "word 4-grams found in held-out texts"),
    "self_bleu_4": ("lower", "how much the texts repeat each other"),
    "most_frequent_share": ("lower", "samples that are one and the same item"),
    "verbatim": ("lower", "texts that are equal to a train text"),
    "longest_run": ("lower", "most tokens in a row that stand in a train text"),
    "repeated_8_grams": ("lower", "8-grams of tokens that stand in a train text"),
    "distinct_2": ("higher", "fraction of distinct word 2-grams"),
}

# Scores with a maximum other than 1.
FULL = {"bleu": 100.0, "chrf": 100.0}
# Simple answers beside which a score is printed.
BASELINES = {
    "random": "at random",
    "nearest": "most similar train record",
    "most_frequent": "most frequent train item",
    "source": "the input itself",
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
        low: Lower end of the 95 % confidence interval of `value`, if there is one.
        high: Its upper end.
        baselines: The same score of simpler answers, by their names.
        chance: Probability of a value this bad by chance, for scores that are tested.
        draws: The score of resampled items `[repeats]`, for the interval of its difference from another sample's score; not stored.
    """

    value: float | None
    real: float | None
    better: str
    n: int
    reason: str = ""
    low: float | None = None
    high: float | None = None
    baselines: dict[str, float] = field(default_factory=dict)
    chance: float | None = None
    draws: Floats | None = field(default=None, repr=False, compare=False)

    @classmethod
    def named(cls, name: str, value: float, real: float | None, n: int) -> Score:
        """A score of `KNOWN`."""
        return cls(float(value), None if real is None else float(real), KNOWN[name][0], n)

    @classmethod
    def of_items(cls, name: str, values: npt.ArrayLike, real: float | None, **more: Any) -> Score:
        """The mean of a value per item, with its interval."""
        return cls.pooled(name, Pooled.mean(values), real, **more)

    @classmethod
    def pooled(cls, name: str, found: Pooled, real: float | None, **more: Any) -> Score:
        """A score of sums of statistics per item, with its interval."""
        return cls.named(name, float(found), real, len(found)).resampled(found.draws(), **more)

    def resampled(self, draws: Floats, **more: Any) -> Score:
        """The score with the interval of its values for resampled items."""
        found = interval(draws)
        return replace(self, low=found.low, high=found.high, draws=draws, **more)

    def to_json(self) -> dict[str, Any]:
        """JSON value."""
        return {name: value for name, value in asdict(self).items() if name != "draws"}
