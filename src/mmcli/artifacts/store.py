"""Make, commit and open artifacts.

A stage builds in a hidden sibling folder, which survives a kill so that the same command can go
on; the manifest is written last and one rename publishes the whole. One writer at a time holds a
kernel lock that dies with its process.
"""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import Timeout, UnixFileLock

from mmcli.artifacts import jsonio, manifest
from mmcli.artifacts.manifest import InputRef, Manifest
from mmcli.display import visible
from mmcli.errors import EnvironmentUnfitError, InputError, IntegrityError, MmcliError, UsageError

_PLAN = "plan.json"
_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


@dataclass(frozen=True)
class Artifact:
    """An artifact that was opened and whose files were checked."""

    path: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        """Digest that identifies the content."""
        return self.manifest.id

    def file(self, name: str) -> Path:
        """Path of a file that the manifest lists.

        Raises:
            IntegrityError: The manifest does not list it.
        """
        if name not in self.manifest.files:
            raise IntegrityError(f"the artifact has no file {visible(name)}", visible(self.path), "run the stage that makes it again")
        return self.path / name


def open_artifact(path: Path, *expected: str, verify: bool = True) -> Artifact:
    """Open an artifact of one of the expected kinds.

    Args:
        path: Its folder.
        expected: Kinds the caller can use; none accepts all.
        verify: Compare every file's size and SHA-256 with the manifest.

    Raises:
        InputError, IntegrityError, SafetyError: See `manifest.read_manifest`; also a file that is
            missing or differs from the manifest.
    """
    body = manifest.read_manifest(path, expected=expected)
    if verify:
        for name, entry in body.files.items():
            _check_file(path / name, entry)
    return Artifact(path, body)


def _check_file(path: Path, entry: dict[str, Any]) -> None:
    fix = "run the stage that makes it again"
    if not path.is_file():
        raise IntegrityError("a file of the artifact is missing", visible(path), fix)
    size = path.stat().st_size
    if size != entry["size"]:
        raise IntegrityError(f"a file has {size:,} bytes instead of {entry['size']:,}", visible(path), fix)
    if manifest.sha256_of(path) != entry["sha256"]:
        raise IntegrityError("a file was changed: its SHA-256 differs from the manifest", visible(path), fix)


@dataclass
class Build:
    """An artifact in the making; `path` is where its files go."""

    out: Path
    path: Path
    kind: str
    config: dict[str, Any]
    seed: int
    inputs: list[InputRef]
    up_to_date: bool = False
    committed: Manifest | None = None
    libraries: tuple[str, ...] = ("numpy",)
    resumed: bool = field(default=False)

    def commit(
        self, *, fields: dict[str, Any] | None = None, counts: dict[str, Any] | None = None, summary: dict[str, Any] | None = None
    ) -> Manifest:
        """Write the manifest and publish the folder in one step.

        Args:
            fields: Field name to modality, shape, dtype and units.
            counts: At least `seen`, `ok` and `rejected` where items are read.
            summary: Scores and facts worth showing.
        """
        (self.path / _PLAN).unlink(missing_ok=True)
        files = {}
        for name in manifest.list_files(self.path):
            file = self.path / name
            _fsync(file)
            files[name] = {"size": file.stat().st_size, "sha256": manifest.sha256_of(file)}
        body = Manifest(
            kind=self.kind,
            config=self.config,
            seed=self.seed,
            inputs=self.inputs,
            files=files,
            fields=fields or {},
            counts=counts or {},
            summary=summary or {},
            versions=manifest.library_versions(self.libraries),
        )
        body = Manifest(**{**body.__dict__, "id": body.digest()})
        jsonio.write(self.path / manifest.NAME, body.to_json())
        _fsync(self.path)
        _publish(self.path, self.out)
        _fsync(self.out.parent)
        self.committed = body
        return body


@contextmanager
def begin(
    out: Path,
    *,
    kind: str,
    config: dict[str, Any],
    seed: int,
    inputs: Sequence[InputRef],
    force: bool = False,
    libraries: tuple[str, ...] = ("numpy",),
) -> Iterator[Build]:
    """Lock `out`, see whether it is up to date, and hand out the folder to build in.

    The caller returns at once when `build.up_to_date`, otherwise fills `build.path` and calls
    `build.commit`. What an earlier run with the same plan left in `build.path` is kept
    (`build.resumed`); what another plan left is deleted.

    Raises:
        UsageError: `out` is not ours and not empty, or contains an input.
        EnvironmentUnfitError: Another run writes there, or the disk does not allow it.
    """
    out = out.absolute()
    building, lock_path = out.with_name(f".{out.name}.building"), out.with_name(f".{out.name}.lock")
    _check_target(out, kind)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        lock = UnixFileLock(str(lock_path))
        lock.acquire(timeout=0)
    except Timeout:
        raise EnvironmentUnfitError(
            "another run is writing this artifact", visible(out), "wait for it, or stop it, and run again"
        ) from None
    except OSError as error:
        raise disk_error(error, out) from None
    try:
        build = Build(out, building, kind, config, seed, list(inputs), libraries=libraries)
        if not force and _is_current(build):
            os.utime(out / manifest.NAME)
            build.up_to_date = True
            build.committed = manifest.read_manifest(out)
        else:
            build.resumed = _prepare(build)
        yield build
    except OSError as error:
        raise disk_error(error, out) from error
    finally:
        lock.release()


def disk_error(error: OSError, path: Path) -> MmcliError:
    """Turn an operating-system error while writing into one that says what to do."""
    where = visible(error.filename or path)
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return EnvironmentUnfitError(f"no room to write: {error.strerror}", where, "free some space and run the same command again")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return EnvironmentUnfitError(f"not allowed to write: {error.strerror}", where, "choose another output folder with -o")
    return EnvironmentUnfitError(
        f"the file system failed: {error.strerror or error}", where, "check the disk and run the same command again"
    )


def relative_input(path: Path, out: Path, kind: str, identity: str) -> InputRef:
    """Reference to an input, relative to the output's parent so that a work folder can move."""
    return InputRef(kind, identity, os.path.relpath(path.absolute(), out.absolute().parent))


def _check_target(out: Path, kind: str) -> None:
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise UsageError("the output is not a folder", visible(out), "choose another output folder with -o")
    if not out.is_dir() or not any(out.iterdir()):
        return
    try:
        found = manifest.read_manifest(out).kind
    except InputError:
        raise UsageError(
            "the output folder is not empty and was not made by mmcli", visible(out), "choose another output folder with -o"
        ) from None
    except IntegrityError:
        return  # ours, but damaged or of another schema: rebuilt
    if found != kind:
        raise UsageError(
            f"the output folder holds a {found} artifact, not a {kind} one", visible(out), "choose another output folder with -o"
        )


def _plan(build: Build) -> dict[str, Any]:
    return {
        "schema": manifest.SCHEMA,
        "kind": build.kind,
        "config": build.config,
        "seed": build.seed,
        "inputs": [[ref.kind, ref.id] for ref in build.inputs],
    }


def _is_current(build: Build) -> bool:
    try:
        body = manifest.read_manifest(build.out)
    except MmcliError:
        return False
    inputs = [[ref.kind, ref.id] for ref in body.inputs]
    same = (body.kind, body.config, body.seed) == (build.kind, build.config, build.seed)
    if not same or inputs != [[ref.kind, ref.id] for ref in build.inputs]:
        return False
    return all((build.out / name).is_file() and (build.out / name).stat().st_size == entry["size"] for name, entry in body.files.items())


def _prepare(build: Build) -> bool:
    """Keep or clear the building folder; return whether an earlier run's work is kept."""
    plan_path, plan = build.path / _PLAN, _plan(build)
    try:
        if plan_path.is_file() and jsonio.read(plan_path) == plan:
            return True
    except jsonio.JsonError:
        pass
    if build.path.exists():
        shutil.rmtree(build.path)
    build.path.mkdir(parents=True)
    jsonio.write(plan_path, plan)
    return False


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _publish(building: Path, out: Path) -> None:
    """Rename `building` to `out`; where `out` exists, exchange the two atomically."""
    if not out.exists():
        os.rename(building, out)
        return
    libc = ctypes.CDLL(None, use_errno=True)
    exchanged = hasattr(libc, "renameat2") and (
        libc.renameat2(_AT_FDCWD, os.fsencode(building), _AT_FDCWD, os.fsencode(out), _RENAME_EXCHANGE) == 0
    )
    if exchanged:
        shutil.rmtree(building)
        return
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    os.rename(out, old)
    os.rename(building, out)
    shutil.rmtree(old)
