"""Assign records to train, val and test by hash, so that adding records never moves others."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def position(key: str) -> float:
    """Position of a key in [0, 1): the first 8 bytes of its SHA-256."""
    return int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:8], "big") / 2**64


def assign(keys: Sequence[str], given: Sequence[str | None], *, val: float, test: float) -> list[str]:
    """Split of each record.

    Args:
        keys: Group of each record, or its id if it has none; equal keys are in the same split.
        given: Published split of each record, which takes precedence; `None` if there is none.
        val: Fraction of the validation split.
        test: Fraction of the test split.

    A source with published splits but no validation split gets one from its train records. If
    a split would be empty, the nearest key is moved into it.
    """
    places = {key: position(key) for key in dict.fromkeys(keys)}
    carve = any(given) and "val" not in given
    open_keys = {key for key, split in zip(keys, given, strict=True) if split is None or (carve and split == "train")}
    stated = {key: split for key, split in zip(keys, given, strict=True) if split and key not in open_keys}
    test_fraction = 0.0 if any(given) and "test" in given else test
    chosen = {key: _by_place(places[key], val, test_fraction) for key in open_keys if key not in stated}
    _fill_empty(chosen, places, {"test": test_fraction, "val": 0.0 if "val" in given else val})
    return [
        split if split and not (carve and split == "train") else chosen.get(key, split or "train")
        for key, split in zip(keys, given, strict=True)
    ]


def _by_place(place: float, val: float, test: float) -> str:
    return "test" if place < test else "val" if place < test + val else "train"


def _fill_empty(chosen: dict[str, str], places: dict[str, float], fractions: dict[str, float]) -> None:
    ordered = sorted(chosen, key=lambda key: places[key])
    wanted = [split for split, fraction in fractions.items() if fraction > 0 and split not in chosen.values()]
    for split in wanted:
        rest = [key for key in ordered if chosen[key] == "train"]
        if len(rest) > 1:
            chosen[rest[0]] = split
    if ordered and "train" not in chosen.values():
        chosen[ordered[-1]] = "train"
