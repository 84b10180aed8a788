"""Sync files and folders to disk, and explain file system errors."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path

from mmcli.core.display import visible
from mmcli.core.errors import EnvironmentUnfitError, MmcliError

_MANY = 64


def write(path: Path, data: bytes) -> None:
    """Write a file atomically and durably: temporary sibling, fsync, rename.

    Raises:
        OSError: The disk is full or fails; what `path` held before is intact.
    """
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        os.replace(temporary, path)
    except OSError as error:
        error.filename = error.filename or str(path)
        raise


def sync(path: Path) -> None:
    """Sync a file or a folder's entries to disk.

    Raises:
        OSError: The disk is full or fails.
    """
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_all(folder: Path, files: Iterable[Path]) -> None:
    """Sync files in or below `folder`, and their folders, to disk.

    Raises:
        OSError: The disk is full or fails.
    """
    files = list(files)
    if len(files) > _MANY and _sync_file_system(folder):
        return
    for path in (*files, *dict.fromkeys(file.parent for file in files), folder):
        sync(path)


def _sync_file_system(folder: Path) -> bool:
    """Sync the whole file system in one call, as thousands of small files take seconds one by one; False if unsupported."""
    import ctypes  # not at the top: the command line starts without it

    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "syncfs"):
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if libc.syncfs(descriptor) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code), str(folder))
    finally:
        os.close(descriptor)
    return True


def disk_error(error: OSError, path: Path) -> MmcliError:
    """Turn an operating-system error into one that says how to fix it."""
    where = visible(error.filename or path)
    why = error.strerror or str(error)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return EnvironmentUnfitError(
            f"no space left to write: {why}{_room(path)}", where, "free some disk space and run the same command again"
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return EnvironmentUnfitError(f"permission denied: {why}", where, "change the permissions, or choose another output folder with -o")
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return EnvironmentUnfitError(
            f"too many open files: {why}", where, "raise the limit with ulimit -n 1024 and run the same command again"
        )
    return EnvironmentUnfitError(f"file system error: {why}", where, "check the disk and run the same command again")


def _room(path: Path) -> str:
    try:
        room = os.statvfs(path.parent)
    except OSError:
        return ""
    return f" ({room.f_bavail * room.f_frsize:,} bytes free)"
