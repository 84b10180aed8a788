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


def _train(judge, classes, monkeypatch):
    from mmcli.nn import networks_io, runtime

    monkeypatch.setattr(judge, "MIN_STEPS", 60)
    runtime.reseed(0)
    network = networks_io.build("image.judge", {"shape": [8, 8, 1], "classes": len(classes), "width": 16})
    images, labels = _bars(64)
    return judge.train(network, classes, images, labels, 0, Ui(quiet=True), registry.find("image").judge_changed)


def test_learns_labels_and_repeats_itself(judge, monkeypatch):
    images, labels = _bars(30)
    runs = [_train(judge, list("abcd"), monkeypatch).read(images) for _ in range(2)]
    assert (runs[0][1].argmax(1) == labels).mean() > 0.9
    np.testing.assert_array_equal(runs[0][0], runs[1][0])


def test_without_labels_features_still_separate_items(judge, monkeypatch):
    images, labels = _bars(40)
    features, probabilities = _train(judge, [], monkeypatch).read(images)
    assert probabilities.shape == (40, 0)
    from mmcli.metrics.probe import linear_probe

    assert linear_probe(features[:24], labels[:24], features[24:], labels[24:]) > 0.8


def test_views_keep_shape_and_differ(judge):
    images, _ = _bars(4)
    view = registry.find("image").judge_changed(images, np.random.default_rng(0))
    assert view.shape == images.shape
    assert view.dtype == np.float32
    ids = np.array([[4, 5, 6, 3, 0, 0]] * 50, dtype=np.int32)
    hidden = registry.find("text").judge_changed(ids, np.random.default_rng(0))
    assert set(np.unique(hidden)) == {0, 1, 3, 4, 5, 6}
    assert (hidden[:, 3:] == ids[:, 3:]).all()
