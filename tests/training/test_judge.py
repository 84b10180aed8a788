"""A judge learns real labels, or to tell items apart, and gives the same result every time."""

from __future__ import annotations

import numpy as np
import pytest

from mmcli.core.ui import Ui
from mmcli.modalities import registry

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def judge():
    from mmcli.nn import runtime

    runtime.start(Ui(quiet=True), 0)
    from mmcli.training import judge

    return judge


def _bars(count):
    """Pictures with one bright column; the label is the column."""
    rng, labels = np.random.default_rng(3), np.arange(count) % 4
    images = rng.normal(-0.5, 0.1, (count, 8, 8, 1))
    images[np.arange(count), :, labels * 2 + 1] += 1.2
    return images.astype(np.float32), labels


def _train(judge, classes, monkeypatch, *, realness=False, steps=60):
    from mmcli.nn import networks_io, runtime

    monkeypatch.setattr(judge, "MIN_STEPS", steps)
    runtime.reseed(0)
    network = networks_io.build("image.judge", {"shape": [8, 8, 1], "classes": len(classes), "width": 16})
    images, labels = _bars(64)
    image = registry.find("image")
    views = judge.Views(image.judge_changed, image.judge_corrupted if realness else None)
    return judge.train(network, classes, images, labels, 0, Ui(quiet=True), views)


def test_learns_labels_and_repeats_itself(judge, monkeypatch):
    images, labels = _bars(30)
    runs = [_train(judge, list("abcd"), monkeypatch).read(images) for _ in range(2)]
    assert (runs[0][1].argmax(1) == labels).mean() > 0.9
    np.testing.assert_array_equal(runs[0][0], runs[1][0])


def test_without_labels_features_still_separate_items(judge, monkeypatch):
    images, labels = _bars(40)
    features, probabilities, _ = _train(judge, [], monkeypatch).read(images)
    assert probabilities.shape == (40, 0)
    from mmcli.metrics.probe import linear_probe

    assert linear_probe(features[:24], labels[:24], features[24:], labels[24:]) > 0.8


@pytest.mark.parametrize("classes", [[], list("abcd")])
def test_tells_real_items_from_corrupted_ones(judge, monkeypatch, classes):
    images, labels = _bars(40)
    found = _train(judge, classes, monkeypatch, realness=True, steps=200)
    _, probabilities, real = found.read(images)
    mixed = (images + images[::-1][:, :, ::-1]) / 2  # two bars of half the brightness
    assert (real > np.median(found.read(mixed)[2])).mean() > 0.8
    assert not classes or (probabilities.argmax(1) == labels).mean() > 0.9


@pytest.mark.parametrize("name", ["image", "audio"])
def test_corrupted_floats_differ_from_every_item(judge, name):
    rng = np.random.default_rng(0)
    ramps = np.linspace(-1, 1, 16)[None, :, None] * rng.uniform(0.5, 1.0, (40, 1, 12))
    items = (ramps[..., None] if name == "image" else ramps).astype(np.float32)
    spoilt = registry.find(name).judge_corrupted(items, rng)
    assert spoilt.shape == items.shape
    assert np.isfinite(spoilt).all()
    changes = np.abs(spoilt - items).reshape(40, -1).mean(1)
    assert (changes > 0.01).mean() > 0.9


def test_corrupted_sounds_keep_their_padding(judge):
    items = np.full((30, 16, 4), -2.0, np.float32)
    items[:, :10] = np.random.default_rng(0).uniform(-1, 1, (30, 10, 4))
    spoilt = registry.find("audio").judge_corrupted(items, np.random.default_rng(1))
    assert (spoilt[:, 10:] == -2.0).all()
    assert (spoilt[:, :10] > -1.5).all()


def test_corrupted_texts_are_of_the_same_words_or_of_others(judge):
    rng = np.random.default_rng(0)
    ids = np.array([[4, 5, 6, 7, 8, 3, 0, 0]] * 200, dtype=np.int32)
    spoilt = registry.find("text").judge_corrupted(ids, rng)
    assert spoilt.shape == ids.shape
    assert (spoilt != ids).any(1).mean() > 0.9
    assert set(np.unique(spoilt)) <= {0, 3, 4, 5, 6, 7, 8}
    assert len({tuple(row) for row in spoilt}) > 50


def test_views_keep_shape_and_differ(judge):
    images, _ = _bars(4)
    view = registry.find("image").judge_changed(images, np.random.default_rng(0))
    assert view.shape == images.shape
    assert view.dtype == np.float32
    ids = np.array([[4, 5, 6, 3, 0, 0]] * 50, dtype=np.int32)
    hidden = registry.find("text").judge_changed(ids, np.random.default_rng(0))
    assert set(np.unique(hidden)) == {0, 1, 3, 4, 5, 6}
    assert (hidden[:, 3:] == ids[:, 3:]).all()
