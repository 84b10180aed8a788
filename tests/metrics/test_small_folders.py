"""Folders of 40 to 120 records, as people try: question and answer, drawings. No fake is called usable, however its scores look."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.core.streams import Purpose, generator
from mmcli.metrics.paired.obedience import others_of, ranked
from mmcli.metrics.score import Score
from mmcli.metrics.suite import FeatureSet, copy_scores, realness_scores
from mmcli.metrics.unpaired.manifold import manifold_items
from mmcli.metrics.verdict import verdict

WIDTH = 12


class Folder:
    """Records with a condition each, a target that follows from it, and the features of both.

    Args:
        num: Number of records.
        test: Share that is held out.
        seed: Seed.
    """

    def __init__(self, num: int, test: float, seed: int) -> None:
        rng = self.rng = np.random.default_rng([seed, num])
        conditions = rng.normal(size=(num, WIDTH))
        self.conditions = conditions / np.linalg.norm(conditions, axis=1, keepdims=True)
        self.targets = self.conditions + 0.05 * rng.normal(size=(num, WIDTH))
        self.test, self.train = np.split(np.arange(num), [round(test * num)])

    def real(self) -> np.ndarray:
        """As many new answers as there are held-out records, each to its condition."""
        return self.conditions[self.test] + 0.05 * self.rng.normal(size=(len(self.test), WIDTH))

    def others(self) -> np.ndarray:
        """Answers to other questions."""
        return np.roll(self.real(), 1, axis=0)

    def one(self) -> np.ndarray:
        """The same answer to all."""
        return np.repeat(self.real()[:1], len(self.test), axis=0)

    def copies(self) -> np.ndarray:
        """A train answer to each, in turn."""
        return self.targets[np.resize(self.train, len(self.test))]

    def salad(self) -> np.ndarray:
        """Answers whose parts do not go together."""
        return self.rng.permuted(self.real(), axis=1)

    def verdict(self, items: np.ndarray, realness: float) -> str:
        """The word for the items as answers to the held-out questions."""
        samples, control, reference, train = (
            FeatureSet(side, np.zeros((len(side), 0)), np.full(len(side), -1), np.linspace(-1.0, 1.0, len(side)) + shift)
            for side, shift in (
                (items, realness),
                (self.targets[self.train[: len(items)]], 0.0),
                (self.targets[self.test], 0.0),
                (self.targets[self.train], 0.0),
            )
        )
        scores = realness_scores(samples, reference, reference) | copy_scores(samples, train, reference, None)
        scores |= self._obedience(items)
        near, real = (manifold_items(reference.features, side.features, min(5, len(items) - 1)) for side in (samples, control))
        scores["coverage"] = Score.of_items("coverage", near.coverage, float(real.coverage.mean()))
        return verdict(scores, len(samples), len(reference)).word

    def _obedience(self, items: np.ndarray) -> dict[str, Score]:
        pool = np.arange(len(self.conditions))
        others = others_of(self.test, pool, pool, generator(0, Purpose.EVALUATE_RIVALS))
        assert others is not None
        unit = items / np.linalg.norm(items, axis=1, keepdims=True)
        found, real = (ranked(side, self.test, self.conditions, others) for side in (unit, self.conditions[self.test]))
        floor = ranked(self.conditions[self.rng.choice(self.train, len(items))], self.test, self.conditions, others)
        baselines = {"random": float(floor.r1.mean())}
        return {"obedience": Score.of_items("obedience", found.r1, float(real.r1.mean()), baselines=baselines)}


FAKES = {"others": 0.0, "one": 0.0, "copies": 0.0, "salad": -5.0}


@pytest.mark.parametrize("num", [40, 60, 80, 120])
@pytest.mark.parametrize("fake", ["real", *FAKES])
def test_with_the_usual_share_of_test_records_there_are_too_few_to_tell(fake: str, num: int) -> None:
    folder = Folder(num, 0.2, 0)
    assert folder.verdict(getattr(folder, fake)(), FAKES.get(fake, 0.0)) == "too few to tell"


@pytest.mark.parametrize(
    ("fake", "words"),
    [
        ("real", {"usable"}),
        ("others", {"ignores its condition"}),
        ("one", {"collapsed"}),
        ("copies", {"memorised", "ignores its condition"}),  # copies of so few cover little, or answer other questions
        ("salad", {"garbled", "not yet trained"}),
    ],
)
def test_with_more_of_them_each_fake_is_named(fake: str, words: set[str]) -> None:
    for seed in range(5):
        folder = Folder(120, 0.3, seed)
        assert folder.verdict(getattr(folder, fake)(), FAKES.get(fake, 0.0)) in words
