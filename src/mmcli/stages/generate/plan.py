"""Which items to make: for each its seed and its condition, or where it lies on the way between two."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.stages.generate.conditions import Conditions
from mmcli.stages.generate.options import GenerateConfig

Array = npt.NDArray[Any]
_DEFAULT_NUM = 16
_MAX_SEEDS = 10_000_000


@dataclass(frozen=True)
class Plan:
    """n items.

    Attributes:
        seeds: `[n, 2]` uint64, where an item comes from and where it goes.
        numbers: `[n, 2]` numbers of conditions, likewise.
        share: `[n]` how far it has gone, in [0, 1).
    """

    seeds: npt.NDArray[np.uint64]
    numbers: npt.NDArray[np.int64]
    share: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.share)

    def __getitem__(self, rows: slice) -> Plan:
        return Plan(self.seeds[rows], self.numbers[rows], self.share[rows])

    def columns(self, i: int, conditions: Conditions) -> dict[str, Any]:
        """What `metadata.jsonl` says of an item beside its id."""
        (seed, other), (number, to) = self.seeds[i].tolist(), self.numbers[i].tolist()
        line = {"seed": seed, **conditions.columns[number]}
        if not self.share[i]:
            return line
        if number != to:
            line.pop("label", None)
            line |= {f"to_{key}": value for key, value in conditions.columns[to].items()}
        return {**line, "to_seed": other, "share": round(float(self.share[i]), 4)}

    @classmethod
    def still(cls, seeds: npt.ArrayLike, numbers: npt.ArrayLike) -> Plan:
        """Items of one seed and one condition each."""
        s, n = np.asarray(seeds, dtype=np.uint64), np.asarray(numbers, dtype=np.int64)
        return cls(np.stack([s, s], 1), np.stack([n, n], 1), np.zeros(len(s), np.float32))

    @classmethod
    def path(cls, seeds: npt.ArrayLike, numbers: npt.ArrayLike, frames: int, *, closed: bool) -> Plan:
        """The way through waypoints `[w]`, by equal steps.

        A closed way returns to the first waypoint, and has `frames` items per leg; an open one has
        `frames` items in all, both ends among them.
        """
        s, n = np.asarray(seeds, dtype=np.uint64), np.asarray(numbers, dtype=np.int64)
        legs = len(s) if closed else len(s) - 1
        places = np.arange(frames * legs) / frames if closed else np.linspace(0, legs, frames)
        leg = np.minimum(places.astype(np.int64), legs - 1)
        share = (places - leg).astype(np.float32)
        at_end = share >= 1.0
        start, end = np.where(at_end, leg + 1, leg), (leg + 1) % len(s)
        return cls(np.stack([s[start], s[end]], 1), np.stack([n[start], n[end]], 1), np.where(at_end, 0, share).astype(np.float32))


def plain(conditions: Conditions, config: GenerateConfig) -> Plan:
    """One item per seed; conditions are repeated in turn.

    Raises:
        UsageError: The number of items does not agree with the seeds.
    """
    seeds = parse_seeds(config.seeds)
    if len(seeds) and config.num and config.num != len(seeds):
        raise UsageError(f"--num {config.num} does not agree with {len(seeds)} seeds", "--seeds", "give one of the two")
    count = len(seeds) or config.num or (len(conditions) if len(conditions) > 1 else _DEFAULT_NUM)
    if not len(seeds):
        seeds = following(config.seed, count)
    return Plan.still(seeds, np.arange(count) % len(conditions))


def following(seed: int, count: int) -> npt.NDArray[np.uint64]:
    """`count` seeds from `seed` on."""
    return np.uint64(seed) + np.arange(count, dtype=np.uint64)


def parse_seeds(text: str | None) -> npt.NDArray[np.uint64]:
    """Seeds of `0-63` or `1,5,9`; empty for `None`.

    Raises:
        UsageError: It is not a list of seeds.
    """
    parts: list[Array] = []
    total = 0
    text = text or ""
    for part in filter(None, text.split(",")):
        low, dash, high = part.strip().partition("-")
        ends: Sequence[str] = [low, high] if dash else [low]
        if not all(n.isascii() and n.isdigit() and len(n) <= 18 for n in ends):
            raise UsageError(f"not a list of seeds: {visible(text or '', 60)}", "--seeds", "write 0-63, or 1,5,9")
        first, last = int(ends[0]), int(ends[-1])
        total += last - first + 1
        if last < first or total > _MAX_SEEDS:
            raise UsageError(f"an empty or too long range of seeds: {visible(part, 60)}", "--seeds", "write 0-63, or 1,5,9")
        parts.append(following(first, last - first + 1))
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)
