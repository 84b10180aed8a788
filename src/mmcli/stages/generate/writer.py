"""Write samples as they are generated: rows, files and their table, with constant memory."""

from __future__ import annotations

import os
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy.typing as npt

from mmcli.artifacts import jsonio
from mmcli.artifacts.raw import FILE_SUFFIX, RawWriter
from mmcli.artifacts.rowfile import RowWriter
from mmcli.modalities.base import Codec

Array = npt.NDArray[Any]
ROWS = "rows.npy"
ITEMS = "items.jsonl"  # the table without files: it is not a raw folder, so not metadata.jsonl
_BLOCK = 32
_LEAST_DIGITS = 4


class SampleWriter:
    """Appends items to `rows.npy` and to a table, and writes each to its own file.

    Files are written by threads: encoders release the GIL for most of their work.

    Args:
        folder: Folder to write to.
        codec: Codec of the target.
        target: Name of the target field.
        count: Total number of items, for ids of equal length.
        files: Whether to write a file per item.
        keep: Number of first rows to keep for a contact sheet.
    """

    def __init__(self, folder: Path, codec: Codec, target: str, count: int, *, files: bool = True, keep: int = 64) -> None:
        self._codec, self._target, self._keep = codec, target, keep
        self._digits = max(_LEAST_DIGITS, len(str(max(0, count - 1))))
        self._rows: RowWriter | None = None
        self._folder, self.first = folder, list[Array]()
        self._raw = RawWriter(folder) if files else None
        self._table = None if files else (folder / ITEMS).open("w", encoding="utf-8", newline="\n")
        self._pool = ThreadPoolExecutor(len(os.sched_getaffinity(0)))
        self._waiting: deque[tuple[Future[list[Path]], list[dict[str, Any]]]] = deque()
        self.count = 0

    def add(self, rows: Array, columns: list[dict[str, Any]]) -> None:
        """Append items with their columns of the table."""
        if self._rows is None:
            self._rows = RowWriter(self._folder / ROWS, rows.shape[1:], rows.dtype)
        self._rows.append(rows)
        self.first += list(rows[: max(0, self._keep - len(self.first))])
        ids = [f"{self.count + i:0{self._digits}d}" for i in range(len(rows))]
        self.count += len(rows)
        lines = [{"id": name, **line} for name, line in zip(ids, columns, strict=True)]
        if self._raw is None:
            assert self._table is not None
            self._table.writelines(jsonio.dumps(line, indent=None) + "\n" for line in lines)
            return
        stems = [self._raw.media_path(self._target, name, "") for name in ids]
        for i in range(0, len(rows), _BLOCK):
            part = slice(i, i + _BLOCK)
            self._waiting.append((self._pool.submit(self._write, rows[part], stems[part]), lines[part]))
        while len(self._waiting) > 2 * len(rows) // _BLOCK + 2:
            self._finish_one()

    def _write(self, rows: Array, stems: list[Path]) -> list[Path]:
        return [self._codec.write(row, stem) for row, stem in zip(rows, stems, strict=True)]

    def _finish_one(self) -> None:
        assert self._raw is not None
        future, lines = self._waiting.popleft()
        for path, line in zip(future.result(), lines, strict=True):
            self._raw.add({**line, self._target + FILE_SUFFIX: self._raw.relative(path)})

    def close(self) -> None:
        """Finish all files."""
        while self._waiting:
            self._finish_one()
        for part in (self._rows, self._raw, self._table):
            if part is not None:
                part.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if error is None:
                self.close()
        finally:
            self._pool.shutdown(cancel_futures=True)
