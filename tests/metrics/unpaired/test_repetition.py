"""Repetition of texts, by hand."""

from __future__ import annotations

import pytest

from mmcli.metrics.unpaired.repetition import distinct_n, most_frequent_share


def test_distinct_bigrams_of_words():
    assert distinct_n(["a b a", "a  b"]) == pytest.approx(2 / 3)
    assert distinct_n(["a", ""], 2) == 0.0


def test_share_of_the_most_frequent_text():
    assert most_frequent_share(["no .", "no  .", "yes", "I am"]) == 0.5
    assert most_frequent_share([]) == 0.0
