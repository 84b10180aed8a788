"""The standard streams: always open, able to print any text, and clear about what cannot be written.

A reader that left (such as `| head`) ends the output quietly. Otherwise a result that cannot be written is an error,
whoever writes it: a command, its help, or shell completion. Messages that cannot be written stop no command.
"""

from __future__ import annotations

import io
import os
import select
import sys
from typing import Any

from mmcli.core.errors import EnvironmentUnfitError

_FIX = "free some disk space, or send the output elsewhere"
_REOPEN = "run it without closing standard output, or send it to /dev/null"


def prepare() -> None:
    """Replace `sys.stdout` and `sys.stderr`, and keep descriptors 0 to 2 in use, so that no artifact file takes their place.

    Raises:
        EnvironmentUnfitError: Standard output is closed, so the command's result would be lost.
    """
    closed = [descriptor for descriptor in range(3) if not _is_open(descriptor)]
    for _ in closed:
        os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
    sys.stdout = _text(_Output(1), sys.stdout)
    sys.stderr = _text(_Messages(2), sys.stderr)
    if 1 in closed:
        raise EnvironmentUnfitError("the result cannot be printed: standard output is closed", "standard output", _REOPEN)


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _text(raw: io.FileIO, before: Any) -> io.TextIOWrapper:
    """Text stream in the encoding of the one before; characters that it lacks are escaped."""
    encoding = getattr(before, "encoding", None) or "utf-8"
    return io.TextIOWrapper(io.BufferedWriter(raw), encoding=encoding, errors="backslashreplace", line_buffering=True)


class _Output(io.FileIO):
    """A standard stream that is silenced by its first failure, so that the flush at exit does not fail again."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)

    def write(self, data: Any) -> int:
        """Write all or part of `data`, waiting for a reader if the stream does not block by itself."""
        try:
            while (count := super().write(data)) is None:
                select.select([], [self], [])
        except OSError as error:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, self.fileno())
            os.close(nothing)
            self.failed(error)
            return memoryview(data).nbytes
        return count

    def failed(self, error: OSError) -> None:
        """Raise an error, unless nobody reads the output any more."""
        if not isinstance(error, BrokenPipeError):
            raise EnvironmentUnfitError(f"the result cannot be printed: {error.strerror}", "standard output", _FIX) from error


class _Messages(_Output):
    """Standard error: what it cannot take is lost, as there is no other place to tell."""

    def failed(self, error: OSError) -> None:
        """Go on."""
