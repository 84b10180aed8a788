"""A judge that needs no training."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from mmcli.core.streams import Purpose, generator
from mmcli.metrics.suite import FeatureSet
from mmcli.stages.evaluate.judging import Parts
from mmcli.stages.evaluate.scoring import Scorer


@pytest.fixture
def plain_judge(monkeypatch):
    """Puts random projections of rows in place of the judge's features; all items look real, and there is no matcher."""

    def look(self, rows, labels):
        flat = np.asarray(rows, np.float64).reshape(len(rows), -1)
        width = min(16, flat.shape[1])
        features = flat @ generator(0, Purpose.EVALUATE_SAMPLES).normal(size=(flat.shape[1], width))
        return FeatureSet(features, np.zeros((len(rows), 0)), np.full(len(rows), -1), np.zeros(len(rows)))

    def of(cls, data, real, codec, neighbours, ui, conditions=0):
        del data, conditions
        return cls(real, codec, Parts.of(real, ui), neighbours, SimpleNamespace(classes=[]), "plain", None)

    monkeypatch.setattr(Scorer, "look", look)
    monkeypatch.setattr(Scorer, "of", classmethod(of))
