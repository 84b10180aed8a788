"""Strict JSON."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmcli.artifacts import jsonio

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_what_is_written_reads_back(value: object) -> None:
    assert jsonio.loads(jsonio.dumps(value).encode()) == value
    assert jsonio.loads(jsonio.dumps(value, ascii_only=True)) == value


@pytest.mark.parametrize(
    "text",
    [
        '{"a": NaN}',
        "[Infinity]",
        "[-Infinity]",
        "[1e400]",
        '{"a": 1, "a": 2}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "1" * 5_000,
        "",
        "{'a': 1}",
        b"\xff\xfe\xfa",
    ],
)
def test_everything_else_is_refused_with_one_error(text: str | bytes) -> None:
    with pytest.raises(jsonio.JsonError):
        jsonio.loads(text)


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(" " * 100 + "1")
    assert jsonio.read(tmp_path / "a.json") == 1
    with pytest.raises(jsonio.JsonError, match="larger than 50"):
        jsonio.read(tmp_path / "a.json", 50)


def test_equal_values_give_equal_bytes(tmp_path: Path) -> None:
    jsonio.write(tmp_path / "a.json", {"b": 1, "a": "é"})
    jsonio.write(tmp_path / "b.json", {"a": "é", "b": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes() == '{\n  "a": "é",\n  "b": 1\n}\n'.encode()
    assert len(list(tmp_path.iterdir())) == 2


def test_text_that_utf8_cannot_hold_is_escaped(tmp_path: Path) -> None:
    jsonio.write(tmp_path / "a.json", {"name": "\udcff"})
    assert json.loads((tmp_path / "a.json").read_text()) == jsonio.read(tmp_path / "a.json") == {"name": "\udcff"}


def test_nan_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        jsonio.write(tmp_path / "a.json", {"loss": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_plain_makes_json_values() -> None:
    value = {"a": np.float32(0.5), 1: (np.int64(2), float("inf")), "p": Path("x"), "r": np.eye(2, dtype=np.int8), "t": np.bool_(True)}
    assert jsonio.plain(value) == {"a": 0.5, "1": [2, None], "p": "x", "r": [[1, 0], [0, 1]], "t": True}
