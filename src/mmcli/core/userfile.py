"""Check and read a file that the user named: a regular file of bounded size.

Opening a pipe waits for a writer, reading a device may never end, and merely opening some devices has an effect.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from mmcli.core.display import visible
from mmcli.core.errors import InputError, MmcliError, UsageError

_KINDS = {
    stat.S_IFDIR: "a folder",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
}


def unfit(path: Path) -> str:
    """Why a path cannot be read as a regular file, such as `is a pipe`; empty if it can.

    The file is not opened.
    """
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError) as error:  # ValueError: a null character
        return f"cannot be read: {_reason(error)}"
    return "" if stat.S_ISREG(mode) else f"is {_KINDS.get(stat.S_IFMT(mode), 'no regular file')}, not a regular file"


def check(path: Path, name: str, fix: str, max_bytes: int | None = None) -> None:
    """Check a file of the user's before it is opened or hashed.

    Raises:
        InputError: It is missing, not a regular file, or too large.
    """
    why = unfit(path)
    if not why and max_bytes is not None and path.stat().st_size > max_bytes:
        why = _too_large(max_bytes)
    if why:
        raise InputError(f"no such {name}" if not os.path.lexists(path) else f"this {name} {why}", visible(path), fix)


def check_target(path: Path, option: str) -> None:
    """Check a file that is to be written, before any work.

    Raises:
        UsageError: Something else than a regular file is there.
    """
    if path.exists() and (why := unfit(path)):
        raise UsageError(f"the file to write {why}", visible(path), f"give another name to {option}")


def read(path: Path, max_bytes: int, name: str, error: type[MmcliError], fix: str) -> bytes:
    """Bytes of a file.

    Args:
        path: The file; links are followed.
        max_bytes: Maximum size; no more than that is read.
        name: What the file is, for messages, such as `the configuration file`.
        error: Class of the errors to raise.
        fix: How to fix them.

    Raises:
        MmcliError: Of class `error`: it is missing, unreadable, not a regular file, or too large.
    """
    why = unfit(path)
    if not why:
        try:
            # It may have become a pipe meanwhile.
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb", buffering=0) as handle:
                data = handle.read(max_bytes + 1) or b""
                while 0 < len(data) <= max_bytes and (more := handle.read(max_bytes + 1 - len(data))):
                    data += more
        except OSError as failure:
            why = f"cannot be read: {_reason(failure)}"
        else:
            why = _too_large(max_bytes) if len(data) > max_bytes else ""
    if why:
        raise error(f"{name} {why}", visible(path), fix)
    return data


def read_text(path: Path, max_bytes: int, name: str, error: type[MmcliError], fix: str) -> str:
    """Text of a file in UTF-8, without a byte order mark; arguments as in `read`.

    Raises:
        MmcliError: Of class `error`: as in `read`, or it is not UTF-8 text.
    """
    data = read(path, max_bytes, name, error, fix)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise error(f"{name} is not UTF-8 text", f"{visible(path)}, line {line}", "save it as UTF-8") from None


def _too_large(max_bytes: int) -> str:
    return f"is larger than {max_bytes >> 20:,} MiB"


def _reason(error: OSError | ValueError) -> str:
    return str(getattr(error, "strerror", None) or error)
