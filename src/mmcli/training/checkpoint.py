"""Save and restore the state of a training run: named arrays and JSON, two generations.

A generation is `a` or `b`: `a.safetensors` and `a.json`. The JSON is written last and contains the
size and SHA-256 of the arrays, so a torn or mixed generation is detected and ignored; saving
always replaces the older generation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mmcli.artifacts import durable, jsonio, weights
from mmcli.artifacts.manifest import sha256_of
from mmcli.artifacts.weights import Tensors
from mmcli.core.display import visible
from mmcli.core.errors import BelowBarError, IntegrityError

_GENERATIONS = ("a", "b")


def save(folder: Path, tensors: Tensors, state: dict[str, Any]) -> None:
    """Save a state durably; the previous one stays valid until this one is complete.

    Args:
        folder: Folder of the generations; created if missing.
        tensors: Name to array.
        state: JSON values.

    Raises:
        BelowBarError: An array contains NaN or infinity: nothing is saved.
        OSError: Writing failed; the previous generation is intact.
    """
    for name, array in tensors.items():
        if not weights.is_finite(np.asarray(array)):
            raise BelowBarError(f"training diverged: {visible(name)} is not finite", visible(folder), "rerun with a lower --learning-rate")
    folder.mkdir(parents=True, exist_ok=True)
    numbers = {slot: _number(folder, slot) for slot in _GENERATIONS}
    slot = min(_GENERATIONS, key=lambda s: numbers[s])
    arrays = folder / f"{slot}.safetensors"
    weights.save(arrays, tensors)
    head = {"number": max(numbers.values()) + 1, "size": arrays.stat().st_size, "sha256": sha256_of(arrays), "state": state}
    jsonio.write(folder / f"{slot}.json", head)
    durable.sync(folder)


def load(folder: Path) -> tuple[Tensors, dict[str, Any]] | None:
    """The newest complete state, or `None` if there is none."""
    for slot in sorted(_GENERATIONS, key=lambda s: _number(folder, s), reverse=True):
        head = _head(folder, slot)
        if head is None:
            continue
        arrays = folder / f"{slot}.safetensors"
        try:
            if sha256_of(arrays) == head["sha256"]:
                return weights.load(arrays), head["state"]
        except (OSError, IntegrityError):
            continue
    return None


def _number(folder: Path, slot: str) -> int:
    head = _head(folder, slot)
    return int(head["number"]) if head else 0


def _head(folder: Path, slot: str) -> dict[str, Any] | None:
    """The JSON of a generation whose arrays have the right size."""
    try:
        head = jsonio.read(folder / f"{slot}.json")
        size = (folder / f"{slot}.safetensors").stat().st_size
    except (OSError, jsonio.JsonError):
        return None
    kinds = {"number": int, "size": int, "sha256": str, "state": dict}
    if not isinstance(head, dict) or not all(isinstance(head.get(key), kind) for key, kind in kinds.items()):
        return None
    return head if head["size"] == size else None
