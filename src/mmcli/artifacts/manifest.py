"""`artifact.json`: what an artifact holds, what it was made from, and how.

It is the commit point of an artifact, written last, and the file that Make targets.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

import mmcli
from mmcli.artifacts import jsonio
from mmcli.display import visible
from mmcli.errors import InputError, IntegrityError, SafetyError

SCHEMA = 1
NAME = "artifact.json"
# Logs and timings differ between equal runs; they are kept intact but are not part of the id.
DIAGNOSTICS = frozenset({"log.txt", "metrics.jsonl"})
_REQUIRED = {
    "schema": int,
    "kind": str,
    "id": str,
    "config": dict,
    "seed": int,
    "inputs": list,
    "files": dict,
    "fields": dict,
    "counts": dict,
    "summary": dict,
    "versions": dict,
}


@dataclass(frozen=True)
class InputRef:
    """An input of an artifact: its kind, its id or fingerprint, and its path relative to the output."""

    kind: str
    id: str
    path: str


@dataclass(frozen=True)
class Manifest:
    """The content of `artifact.json`."""

    kind: str
    config: dict[str, Any]
    seed: int
    inputs: list[InputRef]
    files: dict[str, dict[str, Any]]  # relative path -> {size, sha256}
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)  # name -> modality, shape, dtype, units, ...
    counts: dict[str, Any] = field(default_factory=dict)
    summary: dict[str, Any] = field(default_factory=dict)  # scores and facts that `info` and `report` show
    versions: dict[str, str] = field(default_factory=dict)
    id: str = ""
    schema: int = SCHEMA

    def digest(self) -> str:
        """Id of the artifact: a digest of its kind, configuration, seed, fields and files."""
        stable = {path: entry["sha256"] for path, entry in self.files.items() if path not in DIAGNOSTICS}
        body = {"kind": self.kind, "config": self.config, "seed": self.seed, "fields": self.fields, "files": stable}
        return hashlib.sha256(jsonio.dumps(body, indent=None).encode()).hexdigest()[:32]

    def to_json(self) -> dict[str, Any]:
        """JSON value of the manifest."""
        return asdict(self)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, read in blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def library_versions(names: tuple[str, ...]) -> dict[str, str]:
    """Versions of mmcli and of the named distributions that are installed."""
    found = {"mmcli": mmcli.__version__}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def list_files(folder: Path) -> list[str]:
    """Relative POSIX paths of all files below an artifact's folder, its manifest excepted."""
    found = []
    for base, _, names in os.walk(folder):
        found += [(Path(base) / name).relative_to(folder).as_posix() for name in names]
    return sorted(name for name in found if name != NAME)


def read_manifest(folder: Path, *, expected: tuple[str, ...] = ()) -> Manifest:
    """Read and check `artifact.json` without opening the files it lists.

    Args:
        folder: The artifact.
        expected: Kinds that the caller can use; empty accepts every kind.

    Raises:
        InputError: The folder is missing or holds no manifest.
        IntegrityError: The manifest is damaged, of another schema, or of the wrong kind.
        SafetyError: It lists a path outside the folder.
    """
    where = visible(folder)
    if not folder.exists():
        raise InputError("there is no such folder", where, "check the path, or run the stage that makes it")
    if not folder.is_dir():
        raise InputError("this is a file, not an artifact folder", where, "give the folder that an mmcli stage wrote")
    path = folder / NAME
    if not path.is_file():
        raise InputError("incomplete or not an artifact: it has no artifact.json", where, "run the stage that makes it again")
    try:
        body = jsonio.read(path)
    except (jsonio.JsonError, OSError) as error:
        raise IntegrityError(f"artifact.json cannot be read: {error}", where, "run the stage that makes it again") from None
    manifest = _from_json(body, where)
    if expected and manifest.kind not in expected:
        raise IntegrityError(
            f"wrong kind of artifact: expected {' or '.join(expected)}, found {visible(manifest.kind)}",
            where,
            f"give the folder of a {expected[0]} artifact",
        )
    if manifest.digest() != manifest.id:
        raise IntegrityError("artifact.json was edited: its id does not match", where, "run the stage that makes it again")
    return manifest


def _from_json(body: Any, where: str) -> Manifest:
    again = "run the stage that makes it again"
    if not isinstance(body, dict):
        raise IntegrityError("artifact.json is not an object", where, again)
    if body.get("schema") != SCHEMA:
        raise IntegrityError(
            f"artifact.json has schema {visible(body.get('schema'))}; this mmcli reads {SCHEMA}",
            where,
            f"{again}, or use the mmcli that made it",
        )
    for key, kind in _REQUIRED.items():
        if not isinstance(body.get(key), kind):
            raise IntegrityError(f"artifact.json lacks a valid '{key}'", where, again)
    for name, entry in body["files"].items():
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or ".." in parts or "\\" in name or "\0" in name:
            raise SafetyError(f"artifact.json lists a path outside its folder: {visible(name)}", where, "do not use this artifact")
        if not isinstance(entry, dict) or not isinstance(entry.get("size"), int) or not isinstance(entry.get("sha256"), str):
            raise IntegrityError(f"artifact.json has a bad entry for {visible(name)}", where, again)
    try:
        inputs = [InputRef(**item) for item in body["inputs"]]
    except TypeError:
        raise IntegrityError("artifact.json has a bad list of inputs", where, again) from None
    known = {key: body[key] for key in _REQUIRED if key != "inputs"}
    return Manifest(inputs=inputs, **known)
