"""Reading the table of embedded records in blocks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mmcli.artifacts import jsonio, store, weights
from mmcli.artifacts import records as table
from mmcli.artifacts.rowfile import RowWriter
from mmcli.conditioning.embedded_records import EmbeddedRecords


def test_ids_labels_and_splits_are_the_same_for_every_size_of_block(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    count = 23
    labels = [None if i % 5 == 0 else f"class {i * 7 % 4}" for i in range(count)]
    columns = {
        "id": [f"r{i}" for i in range(count)],
        "split": [("train", "val", "test")[i % 3] for i in range(count)],
        "label": labels,
        "group": [None] * count,
        "text.present": [i % 4 != 1 for i in range(count)],
        "text.source": ["inline"] * count,
        "text.sha256": [""] * count,
    }
    with store.begin(tmp_path / "e", kind="embeddings", config={}, seed=0, inputs=[]) as build:
        table.write(build.path, columns)
        with (
            RowWriter(build.path / "tokens/text.npy", (2, 4), np.float16) as tokens,
            RowWriter(build.path / "vectors/text.npy", (4,), np.float32) as vectors,
        ):
            tokens.append(np.zeros((count, 2, 4)))
            vectors.append(np.zeros((count, 4)))
        jsonio.write(build.path / "model.json", {"schema": 1, "networks": {}, "extra": {}})
        weights.save(build.path / "weights.safetensors", {})
        build.commit(fields={"text": {"modality": "text"}})
    source = store.open_artifact(tmp_path / "e")
    for block in (4, 23, 65_536):
        monkeypatch.setattr("mmcli.conditioning.embedded_records._BLOCK", block)
        data = EmbeddedRecords(source)
        assert [None if n < 0 else data.classes[n] for n in data.labels] == labels
        assert data.ids(np.array([0, 3, 4, 11, 22])) == ["r0", "r3", "r4", "r11", "r22"]
        assert data.ids(np.array([], int)) == []
        assert data.rows("val").tolist() == [i for i in range(count) if i % 3 == 1 and i % 4 != 1]
