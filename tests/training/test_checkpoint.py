"""Checkpoints: the newest complete generation wins, whatever happened to the other."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from mmcli.core.errors import BelowBarError
from mmcli.training import checkpoint


def _tensors(value: float) -> dict[str, np.ndarray]:
    return {"w": np.full((3, 2), value, np.float32), "step": np.asarray(int(value), np.int64), "empty": np.zeros((0, 4), np.float32)}


def _value(folder: Path) -> float | None:
    loaded = checkpoint.load(folder)
    if loaded is None:
        return None
    tensors, state = loaded
    assert tensors["w"].flat[0] == tensors["step"] == state["value"]
    return float(state["value"])


def _save(folder: Path, value: float) -> None:
    checkpoint.save(folder, _tensors(value), {"value": value})


def test_round_trip_keeps_shapes_and_types(tmp_path: Path) -> None:
    _save(tmp_path, 7)
    tensors, state = checkpoint.load(tmp_path) or ({}, {})
    assert state == {"value": 7}
    for name, array in _tensors(7).items():
        assert (tensors[name].shape, tensors[name].dtype) == (array.shape, array.dtype)
        np.testing.assert_array_equal(tensors[name], array)


def test_nothing_saved_is_none(tmp_path: Path) -> None:
    assert checkpoint.load(tmp_path) is None
    assert checkpoint.load(tmp_path / "missing") is None


def test_newest_wins_and_two_generations_are_kept(tmp_path: Path) -> None:
    for value in (1, 2, 3, 4, 5):
        _save(tmp_path, value)
        assert _value(tmp_path) == value
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "a.safetensors", "b.json", "b.safetensors"]


@pytest.mark.parametrize("suffix", [".json", ".safetensors"])
@pytest.mark.parametrize("harm", ["truncate", "flip", "remove", "swap"])
def test_damaged_newest_falls_back_to_the_older(tmp_path: Path, suffix: str, harm: str) -> None:
    _save(tmp_path, 1)
    _save(tmp_path, 2)
    newest = tmp_path / f"b{suffix}"
    data = bytearray(newest.read_bytes())
    if harm == "truncate":
        newest.write_bytes(data[:-3])
    elif harm == "flip":
        data[len(data) // 2] ^= 128
        newest.write_bytes(data)
    elif harm == "remove":
        newest.unlink()
    else:
        newest.write_bytes((tmp_path / f"a{suffix}").read_bytes())
    assert _value(tmp_path) == 1


def test_save_after_damage_does_not_touch_the_only_valid_generation(tmp_path: Path) -> None:
    _save(tmp_path, 1)
    _save(tmp_path, 2)
    (tmp_path / "b.safetensors").write_bytes(b"torn")
    _save(tmp_path, 3)
    assert _value(tmp_path) == 3
    assert (tmp_path / "a.json").read_text().count('"value": 1') == 1


def test_nan_is_never_saved(tmp_path: Path) -> None:
    _save(tmp_path, 1)
    with pytest.raises(BelowBarError):
        checkpoint.save(tmp_path, {"w": np.array([1.0, np.nan])}, {})
    assert _value(tmp_path) == 1


@pytest.mark.parametrize("name", ["fsync", "replace", "open"])
def test_failing_disk_leaves_the_older_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    _save(tmp_path, 1)
    real = getattr(os, name)
    for fail_at in range(1, 20):
        calls = iter(range(1, 1000))

        def fails(*args: object, calls: object = calls, fail_at: int = fail_at, **kwargs: object) -> object:
            if next(calls) == fail_at:  # type: ignore[call-overload]
                raise OSError(28, "No space left on device")
            return real(*args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(os, name, fails)
            try:
                _save(tmp_path, 2)
            except OSError:
                patch.undo()
                assert _value(tmp_path) in (1, 2)
                continue
        break
    assert _value(tmp_path) == 2
