"""Copies of train items are found in the form that samples have."""

from __future__ import annotations

import numpy as np

from mmcli.artifacts import records, store
from mmcli.core.ui import Ui
from mmcli.modalities.show import StoredField
from mmcli.stages.evaluate.scoring import Sampled, Scorer


def test_sounds_that_were_written_and_read_back_are_copies_all_the_same(keypad, plain_judge):
    data = store.open_artifact(keypad / "1-dataset")
    real = StoredField(data, records.read(data.path), "sound")
    scorer = Scorer.of(data, real, real.codec, 5, Ui(quiet=True))
    train = scorer.parts.train[:40]
    rows = real.codec.reread(np.asarray(real.rows[train]))
    found = scorer.score(Sampled(rows, [None] * 40, np.full(40, -1), []), 0)
    assert found.scores["copies"].value == 1.0
    assert found.scores["copies"].real < 0.2
    assert all(train[sample] == record and distance < 1e-3 for sample, record, distance in found.pairs)
