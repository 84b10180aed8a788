"""Build, commit and open artifacts.

A stage builds in a hidden sibling folder, which survives a kill so that the same command can resume;
the manifest is written last and a single rename publishes the artifact. One writer at a time holds a
kernel lock that is released when its process dies.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import mmcli
from mmcli.artifacts import durable, jsonio, lock, manifest, paths, preview, publish, recipes
from mmcli.artifacts.manifest import InputRef, Manifest
from mmcli.artifacts.preview import Preview
from mmcli.artifacts.shard_names import shards_of
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError, MmcliError, SafetyError, UsageError

_AGAIN = "rerun the stage that made it"


@dataclass(frozen=True)
class Artifact:
    """An opened artifact whose files were checked."""

    path: Path
    manifest: Manifest

    @property
    def id(self) -> str:
        """Digest that identifies the content."""
        return self.manifest.id

    def has(self, name: str) -> bool:
        """Whether the manifest lists a file, directly or as shards."""
        return name in self.manifest.files or bool(shards_of(name, self.manifest.files))

    def file(self, name: str) -> Path:
        """Path of a file that the manifest lists, directly or as shards.

        Raises:
            IntegrityError: The manifest does not list it.
        """
        if not self.has(name):
            raise IntegrityError(f"the artifact has no file {visible(name)}", visible(self.path), "rerun the stage that made it")
        return self.path / name

    def check(self, name: str) -> None:
        """Compare one file, or all its shards, with the manifest.

        Raises:
            IntegrityError: It is missing or differs.
        """
        self.file(name)
        for part in [name] if name in self.manifest.files else shards_of(name, self.manifest.files):
            _check_file(self.path / part, self.manifest.files[part])


def open_artifact(path: Path, *expected: str, verify: bool = True) -> Artifact:
    """Open an artifact of one of the expected kinds.

    Args:
        path: Its folder.
        expected: Accepted kinds; empty accepts every kind.
        verify: Compare every file's size and SHA-256 with the manifest.

    Raises:
        InputError, IntegrityError, SafetyError: See `manifest.read_manifest`; also a file that is
            missing or differs from the manifest.
    """
    body = manifest.read_manifest(path, expected=expected)
    if verify:
        extra = manifest.strangers(path, body.files)
        if extra:
            raise IntegrityError(
                "the artifact contains a file that its manifest does not list", visible(path / extra[0]), "move that file away"
            )
        for name, entry in body.files.items():
            _check_file(path / name, entry)
        if recipes.NAME in body.files:
            recipes.read(path)  # refused here, before TensorFlow is loaded
    return Artifact(path, body)


def _check_file(path: Path, entry: dict[str, Any]) -> None:
    if path.is_symlink() or not path.is_file():
        raise IntegrityError("a file of the artifact is missing", visible(path), _AGAIN)
    size = path.stat().st_size
    if size != entry["size"]:
        raise IntegrityError(f"a file has {size:,} bytes instead of {entry['size']:,}", visible(path), _AGAIN)
    if manifest.sha256_of(path) != entry["sha256"]:
        raise IntegrityError("a file was modified: its SHA-256 differs from the manifest", visible(path), f"{_AGAIN} with --force")


@dataclass
class Build:
    """An artifact being built; its files go to `path`."""

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
            counts: At least `seen`, `ok` and `rejected` for stages that read items.
            summary: Scores and facts to show.
        """
        publish.check_target(self.out, self.kind)
        body = Manifest(
            kind=self.kind,
            config=self.config,
            seed=self.seed,
            inputs=self.inputs,
            files=self._seal(),
            fields=jsonio.plain(fields or {}),
            counts=jsonio.plain(counts or {}),
            summary=jsonio.plain(summary or {}),
            versions=manifest.library_versions(self.libraries),
        )
        body = replace(body, id=body.digest())
        manifest.write_manifest(self.path, body)
        (self.path / publish.PLAN).unlink(missing_ok=True)
        durable.sync(self.path)
        publish.publish(self.path, self.out)
        self.committed = body
        return body

    @cached_property
    def preview(self) -> Preview:
        """Shows some of the files in the output folder before the artifact is finished."""
        return Preview(self.path, self.out, self.kind)

    def clear(self, *keep: str) -> None:
        """Delete what an interrupted run left, except files named in `keep`, for a stage that always starts over."""
        publish.empty(self.path, keep=(publish.PLAN, publish.SCRATCH, *keep))
        self.resumed = False

    @contextmanager
    def starting_over(self) -> Iterator[None]:
        """Start over in every run: nothing is kept of an earlier run, nor of this one if its input is invalid."""
        self.clear()
        try:
            yield
        except (InputError, SafetyError, UsageError):
            publish.remove(self.path)
            raise

    def _seal(self) -> dict[str, dict[str, Any]]:
        """Sync all files to disk and list them with size and SHA-256."""
        for name in manifest.list_files(self.path):
            if name.endswith(".tmp"):
                (self.path / name).unlink()  # left by an interrupted write
        names = [name for name in manifest.list_files(self.path) if name != publish.PLAN]
        durable.sync_all(self.path, [self.path / name for name in names])
        with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:  # hashing releases the GIL
            digests = pool.map(manifest.sha256_of, [self.path / name for name in names])
            return {name: {"size": (self.path / name).stat().st_size, "sha256": d} for name, d in zip(names, digests, strict=True)}


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
    """Lock `out`, check whether it is up to date, and return the folder to build in.

    The caller returns at once if `build.up_to_date`; otherwise it fills `build.path` and calls
    `build.commit`. What an earlier run with the same plan left in `build.path` is kept
    (`build.resumed`); what another plan left is deleted.

    Raises:
        UsageError: `out` is neither ours nor empty, or it contains an input.
        EnvironmentUnfitError: Another run is writing there, or the disk cannot be written.
    """
    out = paths.absolute(out)
    building = publish.sibling(out, "building")
    plan = {"kind": kind, "config": jsonio.plain(config), "seed": seed, "inputs": list(inputs)}
    try:
        for ref in inputs:
            source = out.parent / ref.path
            paths.check_nesting(out, source, ref.kind, inside=not (source / manifest.NAME).is_file())
        publish.check_target(out, kind)
        out.parent.mkdir(parents=True, exist_ok=True)
        with lock.locked(out):
            publish.recover(out)
            build = Build(out, building, **plan, libraries=libraries)
            current = None if force else _current(build)
            if current:
                os.utime(out / manifest.NAME)
                build.up_to_date, build.committed = True, current
            else:
                publish.check_target(out, kind)
                build.resumed = _prepare(build)
            yield build
    except (BrokenPipeError, ChildProcessError):
        raise  # not a file system error
    except OSError as error:
        raise durable.disk_error(error, out) from error


def relative_input(path: Path, out: Path, kind: str, identity: str) -> InputRef:
    """Reference to an input, relative to the output's parent so that a work folder can be moved."""
    return InputRef(kind, identity, os.path.relpath(os.path.realpath(path), paths.absolute(out).parent))


def _current(build: Build) -> Manifest | None:
    """The output's manifest, if it was made from the same inputs with the same options."""
    try:
        body = manifest.read_manifest(build.out)
    except MmcliError:
        return None
    inputs = [[ref.kind, ref.id] for ref in body.inputs]
    same = (body.kind, body.config, body.seed) == (build.kind, build.config, build.seed)
    if not same or inputs != [[ref.kind, ref.id] for ref in build.inputs]:
        return None
    files = ((build.out / name, entry["size"]) for name, entry in body.files.items())
    return body if all(file.is_file() and file.stat().st_size == size for file, size in files) else None


def _prepare(build: Build) -> bool:
    """Keep or clear the build folder; return whether an earlier run's work is kept."""
    plan = {
        "schema": manifest.SCHEMA,
        "mmcli": mmcli.__version__,
        "kind": build.kind,
        "config": build.config,
        "seed": build.seed,
        "inputs": [[ref.kind, ref.id] for ref in build.inputs],
    }
    # A plan that cannot be read is an error: what it describes is not to be deleted.
    with suppress(jsonio.JsonError, FileNotFoundError):
        if jsonio.read(build.path / publish.PLAN) == plan:
            return True
    publish.remove(build.path)
    if preview.claim(build.out):
        publish.remove(build.out)
    build.path.mkdir(parents=True)
    jsonio.write(build.path / publish.PLAN, plan)
    return False
