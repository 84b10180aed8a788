"""Names of the files that a large array is split into: `NAME-00000-of-00008.npy`."""

from __future__ import annotations

import re
from collections.abc import Iterable

_SHARD = re.compile(r"(?P<stem>.+)-(?P<number>\d{5})-of-(?P<count>\d{5})\.npy")


def shard_name(name: str, number: int, count: int) -> str:
    """Name of a shard of the file `name`, which ends in `.npy`; a single shard keeps the name."""
    return name if count == 1 else f"{name.removesuffix('.npy')}-{number:05d}-of-{count:05d}.npy"


def shards_of(name: str, names: Iterable[str]) -> list[str]:
    """The shards of the file `name` among `names`, in order; empty unless all exist."""
    stem = name.removesuffix(".npy")
    found = sorted(other for other in names if (match := _SHARD.fullmatch(other)) and match["stem"] == stem)
    return found if found and found == [shard_name(name, number, len(found)) for number in range(len(found))] else []
