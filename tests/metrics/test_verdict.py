"""The rules of verdicts."""

from __future__ import annotations

from typing import Any

import pytest

from mmcli.metrics.score import KNOWN, Score
from mmcli.metrics.verdict import verdict

GOOD: dict[str, Any] = {
    "realistic": (0.9, 0.95),
    "coverage": (0.85, 0.9),
    "copies": (0.01, 0.01),
    "copying_z": (0.5, 0.2),
    "obedience": (0.7, 0.8),
}


def scores(**changed: Any) -> dict[str, Score]:
    found = {}
    for name, (value, real) in (GOOD | changed).items():
        more: dict[str, Any] = {"baselines": {"random": 0.02}} if name == "obedience" else {}
        if name == "copies":
            more = {"chance": 0.5 if value <= real else 1e-6}
        found[name] = Score(value, real, KNOWN[name][0], 200, low=max(0.0, value - 0.03), high=value + 0.03, **more)
    return found


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({}, "usable"),
        ({"realistic": (0.2, 0.95)}, "garbled"),
        ({"typical": (0.3, 0.95)}, "garbled"),
        ({"coverage": (0.1, 0.9)}, "collapsed"),
        ({"most_frequent_share": (1.0, 0.01), "realistic": (0.0, 0.95)}, "collapsed"),  # one unusual item for all
        ({"most_frequent_share": (0.6, 0.5)}, "usable"),  # real items repeat as well
        ({"copies": (0.06, 0.01)}, "memorised"),
        ({"copying_z": (-8.0, 0.2)}, "memorised"),
        ({"repeated_8_grams": (0.8, 0.2)}, "memorised"),  # pieces of train texts
        ({"repeated_8_grams": (0.62, 0.2)}, "usable"),  # the interval reaches below halfway from 0.2 to 1
        ({"repeated_8_grams": (1.0, 0.9)}, "usable"),  # held-out texts repeat the train texts too
        ({"obedience": (0.03, 0.8)}, "ignores its condition"),
        ({"realistic": (0.0, 0.95), "obedience": (0.02, 0.8)}, "not yet trained"),
        ({"obedience": (0.03, 0.05)}, "usable"),  # real targets do not match their conditions either
        ({"copies": (0.025, 0.01)}, "usable"),  # less than two points more
    ],
)
def test_each_rule(changed: dict[str, Any], word: str) -> None:
    found = verdict(scores(**changed), 200, 200)
    assert found.word == word, found
    assert "%" in found.sentence or "deviations" in found.sentence


def test_few_items_tell_nothing_however_good() -> None:
    assert verdict(scores(), 29, 200).word == "too few to tell"
    assert verdict(scores(), 200, 12).word == "too few to tell"
    assert "12 held-out items" in verdict(scores(), 200, 12).sentence


def test_a_wide_interval_does_not_condemn() -> None:
    wide = scores(coverage=(0.4, 0.9))
    wide["coverage"] = Score(0.4, 0.9, "higher", 30, low=0.2, high=0.6)
    assert verdict(wide, 200, 200).word == "usable"


def test_labels_count_as_conditions() -> None:
    found = scores()
    del found["obedience"]
    found["condition_accuracy"] = Score(0.11, 0.97, "higher", 200, low=0.07, high=0.15, baselines={"random": 0.1})
    assert verdict(found, 200, 200).word == "ignores its condition"


def test_without_a_condition_garbled_and_collapsed_is_not_yet_trained() -> None:
    found = scores(realistic=(0.0, 0.95), coverage=(0.01, 0.9))
    del found["obedience"]
    assert verdict(found, 200, 200).word == "not yet trained"


def test_a_usable_generator_of_texts_is_told_beside_a_search_engine() -> None:
    found = scores() | {"chrf": Score(41.2, None, "higher", 200, baselines={"nearest": 44.7})}
    assert verdict(found, 200, 200).sentence.endswith("chrF 41 (most similar train record: 45)")
