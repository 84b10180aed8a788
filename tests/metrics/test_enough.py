"""Scores of too few items have no value but a reason."""

from __future__ import annotations

import pytest

from mmcli.metrics.enough import LEAST, without_noise
from mmcli.metrics.score import KNOWN, Score


def test_every_score_knows_how_many_items_it_needs() -> None:
    assert set(LEAST) == set(KNOWN)
    assert all(least.samples >= 2 for least in LEAST.values())


@pytest.mark.parametrize(
    ("name", "samples", "reference", "train", "reason"),
    [
        ("frechet", 20, 20, 10, ""),
        ("frechet", 19, 20, 10, "19 samples, 20 needed"),
        ("kid", 30, 12, 10, "12 reference items, 20 needed"),
        ("coverage", 2, 2, 2, "2 samples, 20 needed; 2 reference items, 20 needed"),
        ("condition_accuracy", 20, 0, 0, ""),
        ("condition_accuracy", 19, 500, 500, "19 samples, 20 needed"),
        ("copies", 100, 100, 99, "99 train items, 100 needed"),
        ("forward_bleu_4", 20, 20, 0, ""),
        ("forward_bleu_4", 20, 19, 0, "19 reference items, 20 needed"),
    ],
)
def test_too_few(name: str, samples: int, reference: int, train: int, reason: str) -> None:
    score = Score.named(name, 0.5, 0.25, samples)
    found = without_noise({name: score}, reference=reference, train=train)[name]
    assert found.reason == reason
    assert (found.value, found.real) == ((None, None) if reason else (0.5, 0.25))
    assert (found.n, found.better) == (samples, score.better)
