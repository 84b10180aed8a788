"""`artifact.json`: what an artifact holds, what it was made from, and how.

It is written last, which commits the artifact, and is the file that Make targets.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import mmcli
from mmcli.artifacts import durable, foreign, jsonio
from mmcli.artifacts.rebuild import rebuild_command
from mmcli.core.display import visible
from mmcli.core.errors import EnvironmentUnfitError, InputError, IntegrityError, SafetyError

SCHEMA = 2  # 1 had fixed-length sounds and encoders without sequences
NAME = "artifact.json"
MAX_BYTES = 256 * 2**20  # well over a million files
# Files that file managers create; they belong neither to the artifact nor to the user's work.
JUNK = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
# Logs and timings differ between equal runs; they are verified but not part of the id.
DIAGNOSTICS = frozenset({"log.txt", "metrics.jsonl", "live.html"})
_AGAIN = "rerun the stage that made it"
_AFRESH = f"delete the folder, then {_AGAIN}"  # without its manifest it is not known to be an artifact, and never overwritten
_NO_MANIFEST = "run the command that writes it to its end; a folder of your own goes through mmcli preprocess first"


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
    summary: dict[str, Any] = field(default_factory=dict)  # scores and facts shown by `info` and `report`
    versions: dict[str, str] = field(default_factory=dict)
    id: str = ""
    schema: int = SCHEMA

    def digest(self) -> str:
        """Id of the artifact: a digest of its kind, configuration, seed, fields and files."""
        stable = {path: entry["sha256"] for path, entry in self.files.items() if path not in DIAGNOSTICS}
        body = {"kind": self.kind, "config": self.config, "seed": self.seed, "fields": self.fields, "files": stable}
        return hashlib.sha256(jsonio.dumps(body, indent=None).encode()).hexdigest()[:32]

    def to_json(self) -> dict[str, Any]:
        """JSON value of the manifest, with a checksum of the rest."""
        body = asdict(self)
        return {**body, "checksum": _checksum(body)}


def _checksum(body: dict[str, Any]) -> str:
    rest = {key: value for key, value in body.items() if key != "checksum"}
    return hashlib.sha256(jsonio.dumps(rest, indent=None).encode()).hexdigest()


def sha256_of(path: Path) -> str:
    """Compute the SHA-256 of a file, read in blocks."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def library_versions(names: tuple[str, ...]) -> dict[str, str]:
    """Versions of mmcli and of those of the named distributions that are installed."""
    from importlib import metadata

    found = {"mmcli": mmcli.__version__}
    for name in names:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def list_files(folder: Path) -> list[str]:
    """Relative POSIX paths of all files and links below an artifact's folder, except its manifest."""
    found = []
    for base, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(base) / name).is_symlink()]
        found += [(Path(base) / name).relative_to(folder).as_posix() for name in (*names, *links)]
    return sorted(name for name in found if name != NAME)


def strangers(folder: Path, known: Iterable[str]) -> list[str]:
    """Files below an artifact's folder that its manifest does not list."""
    unknown = set(list_files(folder)) - set(known)
    return sorted(name for name in unknown if PurePosixPath(name).name not in JUNK)


def write_manifest(folder: Path, body: Manifest) -> None:
    """Write `artifact.json` durably.

    Raises:
        EnvironmentUnfitError: The manifest would be too large to read back.
        OSError: It cannot be written.
    """
    data = (jsonio.dumps(body.to_json()) + "\n").encode()
    if len(data) > MAX_BYTES:
        raise EnvironmentUnfitError(
            f"{len(body.files):,} files are too many for one artifact", visible(folder), "split the input into several smaller artifacts"
        )
    durable.write(folder / NAME, data)


def claim(folder: Path) -> tuple[str, set[str]] | None:
    """Kind and files of an artifact that mmcli wrote, even if it is corrupted or has another schema.

    `None` unless mmcli evidently wrote it: other programs use the file name artifact.json too.

    Raises:
        OSError: The manifest exists but cannot be read.
    """
    try:
        body = jsonio.read(folder / NAME, MAX_BYTES)
    except (jsonio.JsonError, FileNotFoundError, NotADirectoryError):
        return None
    if not isinstance(body, dict) or not isinstance(body.get("kind"), str) or not isinstance(body.get("files"), dict):
        return None
    versions = body.get("versions")
    return (body["kind"], set(body["files"])) if isinstance(versions, dict) and "mmcli" in versions else None


def read_manifest(folder: Path, *, expected: tuple[str, ...] = ()) -> Manifest:
    """Read and check `artifact.json` without opening the files it lists.

    Args:
        folder: The artifact.
        expected: Accepted kinds; empty accepts every kind.

    Raises:
        InputError: The folder is missing or holds no manifest.
        IntegrityError: The manifest is corrupted, or has another schema or the wrong kind.
        SafetyError: The manifest lists a path outside the folder, or the path is a model of another program.
    """
    where = visible(folder)
    if not folder.exists():
        raise InputError("no such folder", where, "check the path, or run the stage that creates it")
    foreign.refuse(folder)
    if not folder.is_dir():
        raise InputError("this is a file, not an artifact folder", where, "give a folder that an mmcli stage wrote")
    path = folder / NAME
    if not path.is_file():
        raise InputError("incomplete or not an artifact: it has no artifact.json", where, _NO_MANIFEST)
    try:
        body = jsonio.read(path, MAX_BYTES)
    except (jsonio.JsonError, OSError) as error:
        raise IntegrityError(f"artifact.json cannot be read: {error}", where, _AFRESH) from None
    manifest = _from_json(body, folder)
    if expected and manifest.kind not in expected:
        what = f"wrong kind of artifact: expected {' or '.join(expected)}, found {visible(manifest.kind)}"
        raise IntegrityError(what, where, f"give an artifact of kind {expected[0]}")
    if manifest.digest() != manifest.id:
        raise IntegrityError("artifact.json was modified: its id does not match", where, _AGAIN)
    return manifest


def _from_json(body: Any, folder: Path) -> Manifest:
    where = visible(folder)
    if not isinstance(body, dict):
        raise IntegrityError("artifact.json is not an object", where, _AFRESH)
    _check_schema(body, folder)
    from mmcli.artifacts import manifest_schema as schemas  # pydantic is only loaded where there is something to check
    from mmcli.artifacts.schema import check

    check(schemas.ManifestFile, body, NAME, where, _AGAIN)
    for name in body["files"]:
        if not _lies_inside(name):
            raise SafetyError(f"artifact.json lists a path outside its folder: {visible(name)}", where, "do not use this artifact")
    if _checksum(body) != body["checksum"]:
        raise IntegrityError("artifact.json was modified: its checksum does not match", where, _AGAIN)
    check(schemas.SUMMARIES.get(body["kind"], schemas.Summary), body["summary"], f"the summary in {NAME}", where, _AGAIN)
    inputs = [InputRef(**item) for item in body["inputs"]]
    return Manifest(**{**{key: value for key, value in body.items() if key != "checksum"}, "inputs": inputs})


def _check_schema(body: dict[str, Any], folder: Path) -> None:
    schema = body.get("schema")
    if schema == SCHEMA:
        return
    what = f"artifact.json has schema {visible(schema)}; this version of mmcli reads {SCHEMA}"
    if isinstance(schema, int) and not isinstance(schema, bool) and 0 < schema < SCHEMA:
        what = f"this was made by an earlier version of mmcli: {what}"
        raise IntegrityError(what, visible(folder), f"{rebuild_command(folder, body)}, with the same options")
    raise IntegrityError(what, visible(folder), f"{_AGAIN}, or use the version of mmcli that made it")


def _lies_inside(name: str) -> bool:
    """Whether a name is a plain relative path inside the folder, on any operating system."""
    path = PurePosixPath(name)
    plain = name == path.as_posix() and not path.is_absolute() and ".." not in path.parts
    return plain and path.parts[:1] != () and not set(name) & set("\\\0") and "://" not in name and name[1:2] != ":"
