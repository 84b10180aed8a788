"""One writer at a time: a kernel lock beside the output, which is released when its process dies."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import Timeout, UnixFileLock

from mmcli.artifacts import paths, publish
from mmcli.core.display import visible
from mmcli.core.errors import EnvironmentUnfitError


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Inside the block, no other run writes to `out`.

    Raises:
        EnvironmentUnfitError: Another run is writing there, or the file system has no locks.
    """
    path = publish.sibling(out, "lock")
    lock = UnixFileLock(str(path))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise EnvironmentUnfitError(
            "another run is writing this artifact", visible(out), "wait for it or stop it, then run the same command again"
        ) from None
    except NotImplementedError:
        raise EnvironmentUnfitError(
            "this file system does not support locks", visible(path), "choose an output folder on a local disk with -o"
        ) from None
    try:
        yield
    finally:
        lock.release()


def is_locked(out: Path) -> bool:
    """Whether a run is writing there."""
    path = publish.sibling(paths.absolute(out), "lock")
    try:
        with path.open("rb") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
