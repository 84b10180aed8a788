"""JSON Lines files that an interrupted run can resume: append, and truncate to a known size."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from mmcli.artifacts import jsonio


class JsonLines:
    """Appends JSON values to a file, one per line.

    Args:
        path: The file.
        keep_bytes: Number of bytes of an existing file to keep; 0 starts over.
    """

    def __init__(self, path: Path, keep_bytes: int = 0) -> None:
        self.path = path
        self._handle = path.open("r+b" if keep_bytes else "wb")
        self._handle.truncate(keep_bytes)
        self._handle.seek(keep_bytes)

    def append(self, values: Iterable[Any]) -> None:
        """Append values; equal values give equal bytes."""
        self._handle.write(b"".join(_line(value) for value in values))

    def flush(self, *, durable: bool = False) -> int:
        """Flush everything to the file (`durable`: to disk); returns its size in bytes."""
        self._handle.flush()
        if durable:
            os.fsync(self._handle.fileno())
        return self._handle.tell()

    def read(self) -> Iterator[Any]:
        """Number of values written so far."""
        self.flush()
        with self.path.open("rb") as handle:
            for line in handle:
                yield json.loads(line)

    def close(self) -> None:
        """Flush everything and close the file."""
        self._handle.close()


def read_objects(path: Path) -> list[dict[str, Any]]:
    """Read all objects of a file; none if it is missing. Truncated or corrupted lines are skipped."""
    try:
        lines = path.read_bytes().splitlines()
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        return []
    found = []
    for text in lines:
        try:
            line = jsonio.loads(text)
        except jsonio.JsonError:
            continue
        if isinstance(line, dict):
            found.append(line)
    return found


def _line(value: Any) -> bytes:
    # Half surrogate pairs in names cannot be encoded; they become backslash escapes.
    return (json.dumps(value, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")
