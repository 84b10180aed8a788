"""The encoders that match samples with their conditions."""

from __future__ import annotations

import sys
from types import SimpleNamespace

from mmcli.core.ui import Ui
from mmcli.stages.evaluate import matching


def test_tensorflow_is_loaded_quietly_where_the_encoders_are_up_to_date(keypad, tmp_path, monkeypatch):
    from mmcli.artifacts import store

    steps = []
    # Importing this module loads TensorFlow.
    heavy = SimpleNamespace(Encoders=lambda home, fields: steps.append("encoders"))
    monkeypatch.setitem(sys.modules, "mmcli.conditioning.encoders", heavy)
    monkeypatch.setattr(matching.runtime, "start", lambda ui, seed: steps.append("start"))
    monkeypatch.setattr(matching.driver, "run", lambda *_: None)
    data = store.open_artifact(keypad / "1-dataset")
    monkeypatch.setattr(matching, "store", SimpleNamespace(open_artifact=lambda *_: SimpleNamespace(file=lambda name: name)))
    monkeypatch.setattr(matching, "arrays", SimpleNamespace(load=lambda name: [[1.0]]))
    monkeypatch.setattr(matching, "positives_of", lambda *_: SimpleNamespace(match=None))
    matching._at(tmp_path / "matcher", data, Ui(quiet=True))
    assert steps == ["start", "encoders"]
