"""`metrics.jsonl`: one JSON object per line, written while a network trains."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmcli.artifacts import durable, jsonio, jsonlines


class MetricsLog:
    """Appends lines; a resumed run first drops those after its checkpoint.

    Args:
        path: The file; created with the first line.
        key: The column that counts steps or epochs.
        after: Lines whose `key` is larger are dropped; 0 for a new log.
    """

    def __init__(self, path: Path, key: str = "step", after: float = 0) -> None:
        self.path = path
        truncate_after(path, after, key)

    def write(self, line: Mapping[str, Any]) -> None:
        """Append a line; numbers that JSON does not support (NaN, infinity) become null."""
        with self.path.open("a", encoding="utf-8", newline="\n") as handle:
            handle.write(jsonio.dumps(jsonio.plain(dict(line)), indent=None) + "\n")
            handle.flush()


def truncate_after(path: Path, step: float, key: str = "step") -> None:
    """Drop the lines whose `key` is larger than `step`, and torn ones; a missing file is ignored."""
    if not path.is_file():
        return
    kept = [line for line in jsonlines.read_objects(path) if isinstance(line.get(key), int | float) and line[key] <= step]
    durable.write(path, "".join(jsonio.dumps(line, indent=None) + "\n" for line in kept).encode())
