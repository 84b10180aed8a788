"""Read a user's file: a regular file, not through a link, and of bounded size."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from mmcli.modalities.base import Reject

_ERRNO_CODES = {
    errno.ELOOP: ("SYMLINK_REFUSED", "a symbolic link"),
    errno.EACCES: ("PERMISSION", "permission denied"),
    errno.EPERM: ("PERMISSION", "permission denied"),
    errno.ENOENT: ("NOT_FOUND", "no such file"),
    errno.EISDIR: ("NOT_REGULAR", "a folder"),
    errno.ENXIO: ("NOT_REGULAR", "a socket"),
}


def read_bytes(path: Path, max_bytes: int, too_large: str) -> bytes:
    """Bytes of a regular file.

    Args:
        path: The file; its last component must not be a symbolic link.
        max_bytes: Maximum size; larger files are rejected before they are read.
        too_large: Code of that rejection.

    Raises:
        Reject: It is missing, not a regular file, unreadable or too large.
    """
    try:
        # Without O_NONBLOCK, opening a FIFO would block until there is a writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _reject(error) from None
    with os.fdopen(descriptor, "rb", buffering=0) as handle:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Reject("NOT_REGULAR", "not a regular file")
        if status.st_size > max_bytes:
            raise Reject(too_large, f"{status.st_size:,} bytes; the maximum is {max_bytes:,}")
        try:
            data = handle.read(status.st_size + 1)
        except OSError as error:
            raise _reject(error) from None
    if len(data) != status.st_size:
        raise Reject("CHANGED", "the file changed while it was read")
    return data


def _reject(error: OSError) -> Reject:
    code, message = _ERRNO_CODES.get(error.errno or 0, ("UNREADABLE", error.strerror or "cannot be read"))
    return Reject(code, message)
