"""The items to generate: the seed and condition of each, or its position between two of them."""

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
        seeds: `[n, 2]` uint64, start and end seed of each item.
        numbers: `[n, 2]` numbers of the start and end condition.
        fraction: `[n]` interpolation weight of the end, in [0, 1).
    """

    seeds: npt.NDArray[np.uint64]
    numbers: npt.NDArray[np.int64]
    fraction: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.fraction)

    def __getitem__(self, rows: slice) -> Plan:
        return Plan(self.seeds[rows], self.numbers[rows], self.fraction[rows])

    def columns(self, i: int, conditions: Conditions) -> dict[str, Any]:
        """Columns of an item in `metadata.jsonl` in addition to its id."""
        (seed, other), (number, to) = self.seeds[i].tolist(), self.numbers[i].tolist()
        line = {"seed": seed, **conditions.columns[number]}
        if not self.fraction[i]:
            return line
        if number != to:
            line.pop("label", None)
            line |= {f"to_{key}": value for key, value in conditions.columns[to].items()}
        return {**line, "to_seed": other, "share": round(float(self.fraction[i]), 4)}

    @classmethod
    def still(cls, seeds: npt.ArrayLike, numbers: npt.ArrayLike) -> Plan:
        """Items with one seed and one condition each."""
        s, n = np.asarray(seeds, dtype=np.uint64), np.asarray(numbers, dtype=np.int64)
        return cls(np.stack([s, s], 1), np.stack([n, n], 1), np.zeros(len(s), np.float32))

    @classmethod
    def path(cls, seeds: npt.ArrayLike, numbers: npt.ArrayLike, frames: int, *, closed: bool) -> Plan:
        """Path through waypoints `[w]`, in equal steps.

        A closed path returns to the first waypoint and has `frames` items per segment; an open one has
        `frames` items in total, including both ends.
        """
        s, n = np.asarray(seeds, dtype=np.uint64), np.asarray(numbers, dtype=np.int64)
        legs = len(s) if closed else len(s) - 1
        places = np.arange(frames * legs) / frames if closed else np.linspace(0, legs, frames)
        leg = np.minimum(places.astype(np.int64), legs - 1)
        fraction = (places - leg).astype(np.float32)
        at_end = fraction >= 1.0
        start, end = np.where(at_end, leg + 1, leg), (leg + 1) % len(s)
        return cls(np.stack([s[start], s[end]], 1), np.stack([n[start], n[end]], 1), np.where(at_end, 0, fraction).astype(np.float32))


def plain(conditions: Conditions, config: GenerateConfig) -> Plan:
    """One item per seed; conditions are cycled.

    Raises:
        UsageError: The number of items does not match the seeds.
    """
    seeds = parse_seeds(config.seeds)
    if len(seeds) and config.num and config.num != len(seeds):
        raise UsageError(f"--num {config.num} does not match {len(seeds)} seeds", "--seeds", "give only one of them")
    count = len(seeds) or config.num or (len(conditions) if len(conditions) > 1 else _DEFAULT_NUM)
    if not len(seeds):
        seeds = following(config.seed, count)
    return Plan.still(seeds, np.arange(count) % len(conditions))


def following(seed: int, count: int) -> npt.NDArray[np.uint64]:
    """`count` consecutive seeds starting at `seed`."""
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
            raise UsageError(f"not a list of seeds: {visible(text or '', 60)}", "--seeds", "e.g. 0-63 or 1,5,9")
        first, last = int(ends[0]), int(ends[-1])
        total += last - first + 1
        if last < first or total > _MAX_SEEDS:
            raise UsageError(f"empty or too large range of seeds: {visible(part, 60)}", "--seeds", "e.g. 0-63 or 1,5,9")
        parts.append(following(first, last - first + 1))
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.uint64)
