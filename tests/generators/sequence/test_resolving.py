"""What is resolved by the data: whether targets repeat tokens of their conditions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mmcli.conditioning.given_items import GivenItems, Source
from mmcli.generators.base import Target, TrainingData
from mmcli.generators.sequence import resolving
from mmcli.generators.sequence.options import SequenceConfig
from mmcli.modalities.image.codec import ImageCodec
from mmcli.modalities.sequences import ChosenSequences, EqualSequences, PaddedItems, RaggedRows
from mmcli.modalities.text.codec import TextCodec

CODEC = TextCodec(tuple(f"w{i}" for i in range(200)), 8)


def data(given: list[list[int]], targets: list[list[int]]) -> TrainingData:
    """Train records with a text each."""
    sources, rows = (RaggedRows([np.array([*text, 3], np.int32) for text in texts]) for texts in (given, targets))
    items = GivenItems({"en": Source(CODEC, sources)}, np.ones((len(given), 1), bool), np.arange(len(given)))
    texts = PaddedItems(ChosenSequences(rows, np.arange(len(targets))))
    return TrainingData(Target("de", CODEC.describe()), CODEC, texts, items, texts, items)


def test_targets_that_repeat_their_own_condition_may_copy_it() -> None:
    rng = np.random.default_rng(0)
    texts = rng.integers(4, 200, (60, 6)).tolist()
    assert resolving.repeated_share(data(texts, [text[:3] for text in texts])) > 0.9
    assert abs(resolving.repeated_share(data(texts, texts[::-1]))) < 0.1
    same = [[4, 5, 6]] * 60
    assert resolving.repeated_share(data(same, same)) == 0.0  # words that all texts have tell nothing


def test_fields_that_are_not_texts_are_not_read_to_find_that_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found = data([[4, 5], [6, 7]], [[4], [6]])
    codec = ImageCodec(8, 8, "L")
    pictures = Source(codec, EqualSequences(np.zeros((2, 8, 8, 1), np.uint8)))
    given = GivenItems({"photo": pictures, **found.given.sources}, np.ones((2, 2), bool), np.arange(2))
    monkeypatch.setattr(codec.__class__, "to_network", lambda *_: pytest.fail("a picture was read"))
    assert given.only(["en"]).present.shape == (2, 1)
    assert resolving.repeated_share(replace(found, given=given)) == pytest.approx(1.0)


@pytest.mark.parametrize(("asked", "found"), [("auto", "on"), ("off", "off")])
def test_copying_is_resolved_by_the_data_unless_asked(asked: str, found: str) -> None:
    texts = np.random.default_rng(1).integers(4, 200, (60, 6)).tolist()
    config = resolving.resolve(SequenceConfig(copying=asked))
    assert resolving.fit(config, data(texts, texts)).copying == found
    assert resolving.fit(config, data(texts, texts[::-1])).copying == "off"


def test_a_default_budget_has_enough_steps_but_not_endless_epochs() -> None:
    texts = np.random.default_rng(1).integers(4, 200, (2_000, 6)).tolist()
    found = resolving.fit(resolving.resolve(SequenceConfig()), data(texts, texts))
    assert found.kimg * 1000 / found.batch_size == pytest.approx(3_000, rel=0.4)
    few = resolving.fit(resolving.resolve(SequenceConfig()), data(texts[:40], texts[:40]))
    assert few.kimg == pytest.approx(40 * 100 / 1000)
