"""`.npy` files: what is refused, and before how much is allocated."""

from __future__ import annotations

import io
import pickle
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mmcli.artifacts import arrays
from mmcli.core.errors import IntegrityError, SafetyError

NUMBERS = st.sampled_from(["bool", "int8", "uint8", "int16", "int32", "int64", "float16", "float32", "float64"])


def npy(header: str, data: bytes = b"", version: tuple[int, int] = (1, 0)) -> bytes:
    """A `.npy` file with any text as header."""
    width = 2 if version == (1, 0) else 4
    text = header.encode("latin-1") + b"\n"
    return b"\x93NUMPY" + bytes(version) + len(text).to_bytes(width, "little") + text + data


def header(shape: object, descr: object = "|u1") -> str:
    return repr({"descr": descr, "fortran_order": False, "shape": shape})


@given(hnp.arrays(NUMBERS, hnp.array_shapes(min_dims=0, min_side=0)))
def test_round_trip(tmp_path_factory: pytest.TempPathFactory, array: np.ndarray) -> None:
    path = tmp_path_factory.mktemp("npy") / "below" / "a.npy"
    arrays.save(path, array)
    for mmap in (True, False):
        found = arrays.load(path, mmap=mmap)
        assert (found.dtype, found.shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(found, array)
    np.testing.assert_array_equal(np.load(path), array)


def test_views_and_other_orders_are_written_as_they_look(tmp_path: Path) -> None:
    array = np.arange(24, dtype=np.int16).reshape(4, 6)
    for view in (array.T, array[::2, 1:], np.asfortranarray(array), array[::-1]):
        arrays.save(tmp_path / "a.npy", view)
        np.testing.assert_array_equal(arrays.load(tmp_path / "a.npy"), view)


def test_a_loaded_array_cannot_be_written(tmp_path: Path) -> None:
    arrays.save(tmp_path / "a.npy", np.zeros(3))
    with pytest.raises(ValueError, match="read-only"):
        arrays.load(tmp_path / "a.npy")[0] = 1


def test_objects_are_neither_written_nor_read(tmp_path: Path) -> None:
    canary = tmp_path / "canary"

    class Bomb:
        def __reduce__(self) -> Any:
            return (canary.write_text, ("ran",))

    with pytest.raises(ValueError, match="not an array of numbers"):
        arrays.save(tmp_path / "a.npy", np.array([Bomb()], dtype=object))
    buffer = io.BytesIO()
    np.save(buffer, np.array([Bomb()], dtype=object), allow_pickle=True)
    for data in (buffer.getvalue(), npy(header((1,), "|O"), pickle.dumps([Bomb()])), npy(header((1,), [("a", "|O")]), b"12345678")):
        (tmp_path / "b.npy").write_bytes(data)
        with pytest.raises(SafetyError, match="can run code"):
            arrays.load(tmp_path / "b.npy")
    assert not canary.exists()


@pytest.mark.parametrize(
    "data",
    [
        npy(header((10**13,)), b"x"),
        npy(header((10**30, 10**30)), b"x"),
        npy(header((2**62, 4)), b""),
        npy(header((0, 10**30))),
        npy(header((-1,)), b"x"),
        npy(header((-2, -3)), b"123456"),
        npy(header((True,)), b"x"),
        npy(header((1.0,)), b"x"),
        npy(header((3,)), b"12"),
        npy(header((3,)), b"1234"),
        npy(header((2,), "|S4"), b"12345678"),
        npy(header((1,), "<U2"), b"12345678"),
        npy(header((1,), "|V8"), b"12345678"),
        npy(header((1,), "<M8[s]"), b"12345678"),
        npy(header((1,), "nonsense"), b"12345678"),
        npy(header((1,), [("a", "<i4"), ("b", "<i4")]), b"12345678"),
        npy("(" * 5_000),
        npy("[" * 5_000 + "]" * 5_000),
        npy("{'descr': '|u1', 'fortran_order': False, 'shape': (1,), 'more': 1}", b"x"),
        npy("__import__('os')", b"x"),
        npy("'" + "x" * 60_000),
        npy(header((1,)), b"x", version=(9, 9)),
        npy(header((1,)), b"x")[:9],
        b"",
        b"PK\x03\x04",
        b"\x93NUMPY",
    ],
    ids=range(26),
)
def test_anything_but_plain_numbers_is_refused_at_once(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(data)
    begin = time.monotonic()
    for mmap in (True, False):
        with pytest.raises(IntegrityError):
            arrays.load(tmp_path / "a.npy", mmap=mmap)
    assert time.monotonic() - begin < 1


def test_a_missing_file_is_damage(tmp_path: Path) -> None:
    with pytest.raises(IntegrityError):
        arrays.load(tmp_path / "none.npy")
