"""`weights.safetensors`: broken and hostile files."""

from __future__ import annotations

import json
import struct
import time
from pathlib import Path

import numpy as np
import pytest

from mmcli.artifacts import weights
from mmcli.core.errors import IntegrityError


def tensors_file(header: str | bytes, data: bytes = b"", length: int | None = None) -> bytes:
    text = header.encode() if isinstance(header, str) else header
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(begin: int, end: int, shape: list[int], dtype: str = "F32") -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def test_round_trip_keeps_shapes_types_and_order(tmp_path: Path) -> None:
    tensors = {
        "scalar": np.array(3, np.int64),
        "matrix": np.arange(6.0, dtype=np.float32).reshape(2, 3).T,
        "none": np.zeros((0, 2), np.uint8),
    }
    weights.save(tmp_path / "w.safetensors", tensors)
    found = weights.load(tmp_path / "w.safetensors")
    for name, array in tensors.items():
        assert (found[name].shape, found[name].dtype) == (array.shape, array.dtype)
        np.testing.assert_array_equal(found[name], array)
    assert [path.name for path in tmp_path.iterdir()] == ["w.safetensors"]


def test_equal_weights_give_equal_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        weights.save(tmp_path / name, {"x": np.ones(3), "y": np.zeros(2, np.float32)})
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "bfloat16"])
def test_nan_and_infinity_are_refused(value: float, dtype: str, tmp_path: Path) -> None:
    import ml_dtypes

    kind = ml_dtypes.bfloat16 if dtype == "bfloat16" else np.dtype(dtype)
    weights.save(tmp_path / "w", {"bad\x1b": np.array([1.0, value]).astype(kind)})
    with pytest.raises(IntegrityError, match="NaN or infinity") as caught:
        weights.load(tmp_path / "w")
    assert "\x1b" not in caught.value.what


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"1234",
        tensors_file("{}", length=2**40),
        tensors_file("{}", length=2**63),
        tensors_file("{"),
        tensors_file("[]"),
        tensors_file(b"\xff\xfe"),
        tensors_file('{"a":' * 10_000),
        tensors_file(json.dumps({"a": entry(0, 4, [1])})),
        tensors_file(json.dumps({"a": entry(0, 4, [2])}), b"1234"),
        tensors_file(json.dumps({"a": entry(0, 4, [2**60])}), b"1234"),
        tensors_file(json.dumps({"a": entry(0, 4, [2**32, 2**32])}), b"1234"),
        tensors_file(json.dumps({"a": entry(4, 0, [1])}), b"1234"),
        tensors_file(json.dumps({"a": entry(0, 4, [-1])}), b"1234"),
        tensors_file(json.dumps({"a": entry(0, 4, [1], "OBJECT")}), b"1234"),
        tensors_file(json.dumps({"a": entry(0, 4, [1]), "b": entry(0, 4, [1])}), b"1234"),
        tensors_file(json.dumps({"a": entry(0, 4, [1]), "b": entry(6, 10, [1])}), b"1234567890"),
        tensors_file(json.dumps({"a": entry(0, 4, [1])}), b"12345"),
        tensors_file(
            '{"a":FIRST,"a":SECOND}'.replace("FIRST", json.dumps(entry(0, 4, [1]))).replace("SECOND", json.dumps(entry(4, 8, [1]))),
            b"12345678",
        ),
        b"\x80\x04pickle",
        b"\x89HDF\r\n\x1a\n",
    ],
    ids=range(21),
)
def test_broken_files_are_refused_at_once(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "w").write_bytes(data)
    begin = time.monotonic()
    with pytest.raises(IntegrityError):
        weights.load(tmp_path / "w")
    assert time.monotonic() - begin < 1


def test_a_missing_file_is_damage(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError):
        weights.load(tmp_path / "none")
