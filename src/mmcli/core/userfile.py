"""Read a file that the user named: a regular file of bounded size.

Opening a pipe waits for a writer, reading a device may never end, and merely opening some devices has an effect.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from mmcli.core.display import visible
from mmcli.core.errors import MmcliError

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
            why = f"is larger than {max_bytes >> 20:,} MiB" if len(data) > max_bytes else ""
    if why:
        raise error(f"{name} {why}", visible(path), fix)
    return data


def _reason(error: OSError | ValueError) -> str:
    return str(getattr(error, "strerror", None) or error)
