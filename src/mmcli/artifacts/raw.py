"""Write a raw folder: `metadata.jsonl` at the top, one folder of files per media field."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from mmcli.artifacts import jsonio

NAME = "metadata.jsonl"
FILE_SUFFIX = "_file_name"
GIVEN = "given_"  # prefix of columns that describe the condition of a generated item
WORDS = ("label", "split", "group", "subject")  # columns that describe a record but are not fields
RESERVED = ("id", *WORDS)  # not allowed as field names
_MAX_NAME = 80


class RawWriter:
    """Appends records to a folder; `metadata.jsonl` is overwritten.

    Example:
        >>> with RawWriter(folder) as writer:
        ...     path = writer.media_path("photo", "0001", ".png")
        ...     image.save(path)
        ...     writer.add({"id": "0001", "caption": "a cat", "photo_file_name": writer.relative(path)})
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self._handle = (folder / NAME).open("w", encoding="utf-8", newline="\n")

    def add(self, record: Mapping[str, Any]) -> None:
        """Append a row; columns with the value `None` are omitted.

        Raises:
            ValueError: A value is not strict JSON (such as NaN).
        """
        row = {key: value for key, value in record.items() if value is not None}
        self._handle.write(jsonio.dumps(row, indent=None) + "\n")
        self.count += 1

    def media_path(self, field: str, record_id: str, suffix: str) -> Path:
        """Path of a new file inside the folder, safe for any field name and id."""
        folder = self.folder / safe_name(field)
        folder.mkdir(exist_ok=True)
        return folder / (safe_name(record_id) + suffix)

    def relative(self, path: Path) -> str:
        """The path relative to the folder, as in `metadata.jsonl`."""
        return path.relative_to(self.folder).as_posix()

    def close(self) -> None:
        """Close the table durably."""
        if not self._handle.closed:
            self._handle.flush()
            os.fsync(self._handle.fileno())
            self._handle.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def safe_name(text: str) -> str:
    """Portable file name for any text; different texts get different names."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", text).lstrip(".-")[:_MAX_NAME]
    if name and name == text:
        return name
    return f"{name or 'item'}-{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"
