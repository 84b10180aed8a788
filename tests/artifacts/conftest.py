"""A small artifact with a file of every kind that stages write."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from mmcli.artifacts import arrays, jsonio, records, store, weights
from mmcli.artifacts.manifest import InputRef, Manifest

Make = Callable[..., Manifest]


def make_artifact(
    out: Path, value: int = 1, *, kind: str = "dataset", force: bool = False, inputs: Sequence[InputRef] = (), files: int = 1
) -> Manifest:
    """Write an artifact whose every file depends on `value`; `files` is how many small ones it has."""
    with store.begin(out, kind=kind, config={"value": value}, seed=value, inputs=inputs, force=force) as build:
        if build.up_to_date:
            assert build.committed is not None
            return build.committed
        arrays.save(build.path / "fields" / "photo.npy", np.full((40, 3), value, np.uint8))
        weights.save(build.path / "weights.safetensors", {"a": np.full((30,), value, np.float32)})
        split = ["train"] * 30
        columns = {"id": [f"r{i}" for i in range(30)], "split": split, "label": [str(value)] * 30, "group": [None] * 30}
        records.write(build.path, columns)
        jsonio.write(build.path / "fields" / "photo.codec.json", {"modality": "image", "value": value})
        for number in range(files):
            (build.path / f"{number}.txt").write_text(f"{value} " * 20)
        summary = {"value": value, "loss": 0.1 * value, "family": "gan", "target": "photo", "given": []}
        return build.commit(fields={"photo": {"modality": "image"}}, counts={"records": 30, "ok": 30}, summary=summary)


@pytest.fixture
def make() -> Make:
    """See `make_artifact`."""
    return make_artifact


def value_of(out: Path) -> int:
    """The value of an intact artifact; every part of it must agree."""
    artifact = store.open_artifact(out, "dataset")
    value = artifact.manifest.config["value"]
    assert arrays.load(artifact.file("fields/photo.npy")).flat[0] == value
    assert weights.load(artifact.file("weights.safetensors"))["a"][0] == value
    assert set(records.read(out).labels) == {str(value)}
    assert artifact.file("0.txt").read_text().split()[-1] == str(value)
    return int(value)


@pytest.fixture
def read_value() -> Callable[[Path], int]:
    """See `value_of`."""
    return value_of
