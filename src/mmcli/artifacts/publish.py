"""Put a finished folder in the place of an older artifact, and never in the place of anything else."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from pathlib import Path

from mmcli.artifacts import durable, jsonio, manifest
from mmcli.artifacts.paths import ELSEWHERE
from mmcli.core.display import visible
from mmcli.core.errors import UsageError

PLAN = "plan.json"  # marks a folder in the making
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def sibling(out: Path, role: str) -> Path:
    """A hidden folder or file beside the output: `building`, `old`, `lock`."""
    return out.with_name(f".{out.name}.{role}")


def unfinished(out: Path) -> str:
    """Kind of the artifact that a run was making there and has not finished, or still makes; empty if there is none."""
    try:
        plan = jsonio.read(sibling(out, "building") / PLAN)
    except (jsonio.JsonError, OSError):
        return ""
    return str(plan.get("kind", "")) if isinstance(plan, dict) else ""


def check_target(out: Path, kind: str) -> None:
    """Refuse to replace anything but an artifact of this kind with nothing of the user's in it."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise UsageError("the output is not a folder", visible(out), ELSEWHERE)
    if not out.is_dir() or not any(out.iterdir()):
        return
    claim = manifest.claim(out)
    if claim is None:
        raise UsageError("the output folder is not empty and was not made by mmcli", visible(out), ELSEWHERE)
    found, names = claim
    if found != kind:
        raise UsageError(f"the output folder holds a {visible(found)} artifact, not a {kind} one", visible(out), ELSEWHERE)
    strangers = manifest.strangers(out, names)
    if strangers:
        what = "the output folder holds a file that is not the artifact's"
        raise UsageError(what, visible(out / strangers[0]), f"move that file away, or {ELSEWHERE}")


def publish(building: Path, out: Path) -> None:
    """Rename `building` to `out`; where `out` exists, exchange the two atomically."""
    if not out.exists():
        os.rename(building, out)
        durable.sync(out.parent)
        return
    old = building
    if not _exchange(building, out):
        # The file system cannot exchange. Between the two renames there is only the old one, under
        # another name; `recover` puts it back if the process dies there.
        old = sibling(out, "old")
        remove(old)
        os.rename(out, old)
        os.rename(building, out)
    durable.sync(out.parent)
    remove(old)


def _exchange(first: Path, second: Path) -> bool:
    """Swap two folders in one step; False where the system cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "renameat2"):
        return False
    if libc.renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(code, os.strerror(code), str(second))


def recover(out: Path) -> None:
    """Put back, or delete, what a `publish` that was killed had moved aside."""
    old = sibling(out, "old")
    if not out.exists() and manifest.claim(old):
        os.rename(old, out)
    elif old.is_dir() and _is_ours(old):
        remove(old)


def remove(folder: Path) -> None:
    """Delete a folder of ours; what shows that it is ours goes last, in case the process dies meanwhile.

    Raises:
        UsageError: It is not ours.
    """
    if not folder.exists():
        return
    if folder.is_symlink() or not folder.is_dir() or not _is_ours(folder):
        raise UsageError("mmcli needs a name for its work that something else has", visible(folder), "move that away")
    empty(folder, keep=(PLAN, manifest.NAME))
    empty(folder)
    folder.rmdir()


def _is_ours(folder: Path) -> bool:
    if (folder / PLAN).is_file() or manifest.claim(folder) is not None:
        return True
    return all(entry.name == f"{PLAN}.tmp" for entry in folder.iterdir())


def empty(folder: Path, keep: tuple[str, ...] = ()) -> None:
    """Delete all entries of a folder but those to keep."""
    for entry in folder.iterdir():
        if entry.name in keep:
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
