"""One word and one sentence about a generator, from its scores by stated rules; see docs/concepts/scores.md.

The first rule that applies decides. Each compares a score with the same score of real items, and takes the
confidence interval's end that is in the generator's favour, so that chance does not condemn it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mmcli.metrics.score import Score

Scores = Mapping[str, Score]
USABLE = "usable"
LEAST_ITEMS = 30  # samples, and held-out items; with fewer the intervals are wider than the differences that matter
HALF = 0.5
_SURE = 0.01  # probability that held-out items repeat as much as the samples by chance
_MORE_COPIES = 0.02
_NEARER_Z = -5.0
_ABOVE_FLOOR = 0.05  # a ceiling this close to chance cannot tell whether a condition is obeyed
# Scores of obedience, and what the share of samples is.
_OBEYED = {"obedience": "their condition is ranked first among 100 conditions", "condition_accuracy": "they are judged as their label"}


@dataclass(frozen=True)
class Verdict:
    """A verdict.

    Attributes:
        word: One of `usable`, `ignores its condition`, `memorised`, `collapsed`, `garbled`, `not yet trained`, `too few to tell`.
        sentence: The reason, with the figures that decided.
    """

    word: str
    sentence: str

    def to_json(self) -> dict[str, str]:
        """JSON value."""
        return {"word": self.word, "sentence": self.sentence}

    def __str__(self) -> str:
        return f"{self.word}: {self.sentence}"


def verdict(scores: Scores, samples: int, reference: int) -> Verdict:
    """Judge a generator by its scores.

    Args:
        scores: Scores by name.
        samples: Number of samples.
        reference: Number of held-out real items.
    """
    if min(samples, reference) < LEAST_ITEMS:
        short = f"{samples:,} samples and {reference:,} held-out items; at least {LEAST_ITEMS} of each are needed"
        return Verdict("too few to tell", short)
    same = _same(scores)
    if same:
        return Verdict("collapsed", same)
    garbled, ignoring, collapsed = _garbled(scores), _ignoring(scores), _collapsed(scores)
    if garbled and (_at_random(scores) if _OBEYED.keys() & scores.keys() else collapsed):
        return Verdict("not yet trained", f"{garbled}, and {ignoring or collapsed}")
    reasons = {"garbled": garbled, "collapsed": collapsed, "memorised": _memorised(scores), "ignores its condition": ignoring}
    word = next((word for word, reason in reasons.items() if reason), "")
    return Verdict(word, reasons[word]) if word else Verdict(USABLE, _usable(scores))


def _garbled(scores: Scores) -> str:
    for name, what in (("realistic", "look real to the judge"), ("typical", "read like real texts, word after word")):
        score = scores.get(name)
        if score and score.real is not None and _high(score) < HALF * score.real:
            return f"only {score.value:.0%} of the samples {what} (real items: {score.real:.0%})"
    return ""


def _same(scores: Scores) -> str:
    """Whether most samples are one item: then other scores are of that item, and chance decides them."""
    score = scores.get("most_frequent_share")
    if score and score.real is not None and _value(score) > score.real + HALF * (1.0 - score.real):
        return f"{score.value:.0%} of the samples are one and the same item (of real items {score.real:.0%})"
    return ""


def _collapsed(scores: Scores) -> str:
    score = scores.get("coverage")
    if score and score.real and _high(score) < HALF * score.real:
        return f"the samples resemble only {score.value:.0%} of the real items (as many real ones: {score.real:.0%})"
    return ""


def _memorised(scores: Scores) -> str:
    found = scores.get("copies")
    if found and found.real is not None and found.chance is not None and found.chance < _SURE and _value(found) > found.real + _MORE_COPIES:
        return f"{found.value:.0%} of the samples are copies of train items (of held-out items {found.real:.0%})"
    nearer = scores.get("copying_z")
    if nearer and _value(nearer) < _NEARER_Z:
        return f"the samples are nearer to train items than new real items are (by {-_value(nearer):.0f} standard deviations)"
    grams = scores.get("repeated_8_grams")
    if grams and grams.real is not None and grams.real < HALF and _low(grams) > grams.real + HALF * (1.0 - grams.real):
        return f"{grams.value:.0%} of the 8-grams of the samples stand in train texts (of held-out texts {grams.real:.0%})"
    return ""


def _ignoring(scores: Scores) -> str:
    for name, what in _OBEYED.items():
        score = scores.get(name)
        floor = score.baselines.get("random") if score else None
        if score is None or floor is None or score.real is None or score.real < floor + _ABOVE_FLOOR:
            continue
        if _high(score) - floor < HALF * (score.real - floor):
            return f"{what} in {score.value:.0%} of the samples (real items: {score.real:.0%}, at random: {floor:.0%})"
    return ""


def _at_random(scores: Scores) -> bool:
    """Whether no condition is obeyed more than at random."""
    found = [scores[name] for name in _OBEYED if name in scores and "random" in scores[name].baselines]
    return all(_low(score) <= score.baselines["random"] for score in found)


def _usable(scores: Scores) -> str:
    parts: list[tuple[str, Callable[[Score], str]]] = [
        ("realistic", lambda s: f"{s.value:.0%} look real (real items: {s.real:.0%})"),
        ("coverage", lambda s: f"they cover {s.value:.0%} of the real items (as many real ones: {s.real:.0%})"),
        ("obedience", lambda s: f"{s.value:.0%} fit their condition best of 100 (real items: {s.real:.0%})"),
        ("condition_accuracy", lambda s: f"{s.value:.0%} are judged as their label (real items: {s.real:.0%})"),
    ]
    told = [tell(scores[name]) for name, tell in parts if name in scores and scores[name].real is not None]
    near = scores["chrf"].baselines.get("nearest") if "chrf" in scores else None
    return ", ".join(told + ([] if near is None else [f"chrF {scores['chrf'].value:.0f} (most similar train record: {near:.0f})"]))


def _value(score: Score) -> float:
    return 0.0 if score.value is None else score.value


def _high(score: Score) -> float:
    return _value(score) if score.high is None else score.high


def _low(score: Score) -> float:
    return _value(score) if score.low is None else score.low
