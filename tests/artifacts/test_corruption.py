"""Every change of every kind of file is found when an artifact is opened."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from mmcli.artifacts import arrays, records, store, weights
from mmcli.core.errors import IntegrityError, SafetyError

FILES = [
    "artifact.json",
    "fields/photo.npy",
    "fields/photo.codec.json",
    "weights.safetensors",
    "records.parquet",
    "0.txt",
]


@pytest.fixture
def out(tmp_path: Path, make: Callable) -> Path:
    make(tmp_path / "out", 1)
    return tmp_path / "out"


@pytest.mark.parametrize("name", FILES)
def test_two_hundred_flipped_bits_are_found(name: str, out: Path) -> None:
    file = out / name
    whole = file.read_bytes()
    rng = np.random.default_rng([0, FILES.index(name)])
    found = 0
    for offset, bit in zip(rng.integers(0, len(whole), 200), rng.integers(0, 8, 200), strict=True):
        broken = bytearray(whole)
        broken[offset] ^= 1 << bit
        file.write_bytes(broken)
        try:
            store.open_artifact(out)
        except (IntegrityError, SafetyError):
            found += 1
    assert found == 200
    file.write_bytes(whole)
    store.open_artifact(out)


@pytest.mark.parametrize("name", FILES)
def test_truncation_at_every_twentieth_is_found(name: str, out: Path) -> None:
    file = out / name
    whole = file.read_bytes()
    for share in range(20):
        file.write_bytes(whole[: len(whole) * share // 20])
        with pytest.raises(IntegrityError):
            store.open_artifact(out)
    file.write_bytes(whole + b" ")
    if name == "artifact.json":
        store.open_artifact(out)  # JSON ends in any white space
    else:
        with pytest.raises(IntegrityError):
            store.open_artifact(out)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("fields/photo.npy", arrays.load),
        ("weights.safetensors", weights.load),
        ("records.parquet", lambda path: records.read(path.parent)),
    ],
)
def test_readers_of_broken_files_never_raise_anything_else(name: str, read: Callable, out: Path) -> None:
    file = out / name
    whole = file.read_bytes()
    rng = np.random.default_rng(1)
    for trial in range(300):
        broken = bytearray(whole)
        for offset in rng.integers(0, len(whole) if trial % 2 else min(len(whole), 140), 1 + trial % 4):
            broken[offset] = rng.integers(0, 256)
        file.write_bytes(broken[: rng.integers(0, len(whole) + 1)] if trial % 5 == 0 else broken)
        with suppress(IntegrityError, SafetyError):
            read(file)
