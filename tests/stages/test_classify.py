"""Classification by a linear probe; by label texts it is in test_queries."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from mmcli.artifacts import store
from mmcli.core.errors import InputError, UsageError
from mmcli.core.ui import Ui
from mmcli.metrics.paired.confusion import accuracy, class_table, confusion
from mmcli.stages.classify.options import ClassifyConfig
from mmcli.stages.registry import runner

Write = Callable[..., Path]

classify = runner("classify")


def quiet() -> Ui:
    return Ui(quiet=True, stream=io.StringIO())


def test_a_probe_labels_every_record_of_the_split(embeddings: Write, tmp_path: Path) -> None:
    outcome = classify(embeddings(spread=0.3), tmp_path / "out", ClassifyConfig(field="image", method="probe"), quiet())
    artifact = store.open_artifact(tmp_path / "out", "classification")
    summary = outcome.body["summary"]
    assert summary["accuracy"] > 0.9
    lines = [json.loads(line) for line in artifact.file("predictions.jsonl").read_text().splitlines()]
    assert len(lines) == outcome.body["counts"]["records"]
    assert np.mean([line["label"] == line["predicted"] for line in lines]) == pytest.approx(summary["accuracy"])
    assert int(np.load(artifact.file("confusion.npy")).sum()) == len(lines)
    assert set(artifact.manifest.files) >= {"classes.csv", "confusion.png"}


def test_a_probe_needs_labels(embeddings: Write, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="two labels"):
        classify(embeddings(labels=False), tmp_path / "out", ClassifyConfig(method="probe"), quiet())
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("options", [{"label_text": ("no sign",)}, {"template": "a photo"}, {"field": "smell"}])
def test_wrong_options_are_named(embeddings: Write, tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        classify(embeddings(), tmp_path / "out", ClassifyConfig(**options), quiet())  # type: ignore[arg-type]


def test_the_class_table_equals_its_definitions() -> None:
    counts = np.array([[8, 2, 0], [1, 9, 0], [0, 0, 0]])
    true, predicted = (np.repeat(numbers.ravel(), counts.ravel()) for numbers in np.indices(counts.shape))
    assert confusion(true, predicted, 3).tolist() == counts.tolist()
    assert accuracy(counts) == pytest.approx(17 / 20)
    first, _, empty = class_table(true, predicted, ["a", "b", "c"])
    assert (first["precision"], first["recall"]) == (pytest.approx(8 / 9), pytest.approx(0.8))
    assert first["f1"] == pytest.approx(2 * (8 / 9) * 0.8 / (8 / 9 + 0.8))
    assert (empty["precision"], empty["f1"], empty["items"]) == (0, 0, 0)
