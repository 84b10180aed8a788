"""Replace an older artifact by a finished folder, and never replace anything else."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mmcli.artifacts import durable, manifest, preview
from mmcli.artifacts.paths import ELSEWHERE
from mmcli.core.display import visible
from mmcli.core.errors import UsageError

PLAN = preview.PLAN  # marks a folder that is being built
SCRATCH = "scratch"  # folder in it for temporary files; never part of the artifact
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


def sibling(out: Path, role: str) -> Path:
    """Path of a hidden folder or file beside the output: `building`, `old`, `lock`."""
    return out.with_name(f".{out.name}.{role}")


def plan_of(out: Path) -> dict[str, Any]:
    """Plan of the artifact that a run is building there or left unfinished; empty if there is none."""
    return preview.plan_in(sibling(out, "building"))


def builds(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Output folders in a folder that are being built or were left unfinished, each with its plan."""
    for building in sorted(folder.glob(".*.building")):
        name = building.name.removeprefix(".").removesuffix(".building")
        plan = preview.plan_in(building) if name.strip(".") else {}
        if plan:
            yield folder / name, plan


def check_target(out: Path, kind: str) -> None:
    """Refuse to replace anything but an artifact of this kind, or a preview of one, without files of the user."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise UsageError("the output is not a folder", visible(out), ELSEWHERE)
    if not out.is_dir() or not any(out.iterdir()):
        return
    claim = manifest.claim(out) or preview.claim(out)
    if claim is None:
        raise UsageError("the output folder is not empty and was not made by mmcli", visible(out), ELSEWHERE)
    found, names = claim
    if found != kind:
        raise UsageError(f"the output folder is an artifact of kind {visible(found)}, not {kind}", visible(out), ELSEWHERE)
    strangers = manifest.strangers(out, names)
    if strangers:
        what = "the output folder contains a file that does not belong to the artifact"
        raise UsageError(what, visible(out / strangers[0]), f"move that file away, or {ELSEWHERE}")


def publish(building: Path, out: Path) -> None:
    """Rename `building` to `out`; if `out` exists, swap the two atomically."""
    if not out.exists():
        os.rename(building, out)
        durable.sync(out.parent)
        return
    old = building
    if not _exchange(building, out):
        # The file system cannot swap. Between the two renames only the old artifact exists, under
        # another name; `recover` puts it back if the process dies there.
        old = sibling(out, "old")
        remove(old)
        os.rename(out, old)
        os.rename(building, out)
    durable.sync(out.parent)
    remove(old)


def _exchange(first: Path, second: Path) -> bool:
    """Swap two folders in one step; False if unsupported."""
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
    """Restore, or delete, what an interrupted `publish` had moved aside."""
    old = sibling(out, "old")
    if not out.exists() and manifest.claim(old):
        os.rename(old, out)
    elif old.is_dir() and _is_ours(old):
        remove(old)


def remove(folder: Path) -> None:
    """Delete a folder of ours; the file that marks it as ours goes last, in case the process dies meanwhile.

    Raises:
        UsageError: The folder is not ours.
    """
    if not folder.exists():
        return
    if folder.is_symlink() or not folder.is_dir() or not _is_ours(folder):
        raise UsageError("this path is reserved for mmcli's temporary files but something else is there", visible(folder), "move it away")
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
