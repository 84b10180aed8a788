"""A publisher's files, in a folder or in a downloaded archive, as a stream of members.

Archives are never extracted. An archive is refused if a member is a link or a device, has a path outside
the archive, occurs twice or has an excessive compression ratio.
"""

from __future__ import annotations

import re
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path
from typing import BinaryIO, Protocol

from mmcli.core.display import visible
from mmcli.core.errors import InputError, SafetyError
from mmcli.data.layouts.listing import Listing, check_name
from mmcli.modalities.base import Reject

MAX_MEMBERS = 20_000_000
MAX_READ_BYTES = 2**30
MAX_LINE_BYTES = 16 * 2**20
MAX_RATIO = 200
_FREE_BYTES = 64 * 2**20  # the ratio is not checked below this much expanded data
_MAX_HEADER_BYTES = 2**20
_CORRUPTION = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    LZMAError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
    ValueError,
)
_LITTER = re.compile(r"(.*/)?(\.|__MACOSX(/|$))")


@dataclass(frozen=True)
class Member:
    """One file; it can be read until the next one is requested."""

    name: str
    size: int
    handle: BinaryIO

    def read(self, limit: int = MAX_READ_BYTES) -> bytes:
        """Read all bytes.

        Raises:
            SafetyError: There are more than `limit`.
        """
        with corruption_named(self.name):
            data = self.handle.read(limit + 1)
        if len(data) > limit:
            raise SafetyError(f"a file is larger than {limit:,} bytes", visible(self.name), "check its origin")
        return data

    def lines(self, limit: int = MAX_LINE_BYTES) -> Iterator[bytes]:
        """Iterate over its lines without line endings.

        Raises:
            InputError: A line is longer than `limit` bytes.
        """
        number = 0
        while True:
            with corruption_named(self.name):
                line = self.handle.readline(limit + 1)
            number += 1
            if not line:
                return
            if len(line) > limit:
                raise InputError(f"a line is longer than {limit:,} bytes", f"{visible(self.name)}, line {number}", "check the file")
            yield line.rstrip(b"\r\n")


Select = Callable[[str], bool]


class Tree(Protocol):
    """Files with relative POSIX names."""

    source: Path

    def stream(self, select: Select) -> Iterator[Member]:
        """Members whose name is selected, in the order of the tree; each call starts over."""
        ...


def open_tree(source: Path) -> Tree:
    """Open a folder, a tar (plain or compressed), a zip, or a single file.

    Raises:
        InputError: It is missing or none of these.
    """
    where = visible(source)
    if source.is_dir():
        return FolderTree(source)
    if not source.exists():
        raise InputError("no such file or folder", where, "check the path")
    if source.is_file() and zipfile.is_zipfile(source):
        return ZipTree(source)
    if source.is_file() and _is_tar(source):
        return TarTree(source)
    if source.is_file():
        return FileTree(source)
    raise InputError("not a folder, file or archive", where, "give the publisher's folder or archive")


def _is_tar(path: Path) -> bool:
    try:
        return tarfile.is_tarfile(path)
    except _CORRUPTION:
        return False


class FolderTree:
    """Files of a folder; symbolic links are not followed."""

    def __init__(self, source: Path) -> None:
        self.source = source
        self.listing = Listing(source)

    def stream(self, select: Select) -> Iterator[Member]:
        """See `Tree`; in the order of names."""
        for name, (size, _) in self.listing.files.items():
            if select(name):
                try:
                    with self.listing.path(name).open("rb") as handle:
                        yield Member(name, size, handle)
                except (Reject, PermissionError) as error:
                    raise InputError(f"a file cannot be read: {error}", visible(self.source / name), "check its permissions") from None


class FileTree:
    """A single file that is not an archive."""

    def __init__(self, source: Path) -> None:
        self.source = source

    def stream(self, select: Select) -> Iterator[Member]:
        """See `Tree`."""
        if select(self.source.name):
            with corruption_named(self.source), self.source.open("rb") as handle:
                yield Member(self.source.name, self.source.stat().st_size, handle)


class _BoundedTarInfo(tarfile.TarInfo):
    """Header whose extensions (long names, attributes) cannot request gigabytes of memory."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type not in tarfile.REGULAR_TYPES and self.size > _MAX_HEADER_BYTES:
            raise tarfile.ReadError(f"a header of {self.size:,} bytes")
        return super()._proc_member(archive)  # type: ignore[misc, no-any-return]  # the hook that tarfile provides


class TarTree:
    """Members of a tar, read sequentially."""

    def __init__(self, source: Path) -> None:
        self.source = source

    def stream(self, select: Select) -> Iterator[Member]:
        """See `Tree`."""
        with corruption_named(self.source), self.source.open("rb") as handle:
            yield from tar_members(handle, self.source, select)


def tar_members(stream: BinaryIO, source: Path, select: Select, inside: str = "") -> Iterator[Member]:
    """Members of a tar, read as a stream; `inside` names it if it is nested.

    Raises:
        SafetyError: A member is unsafe; see the module.
    """
    gate = _Gate(source, inside)
    packed_bytes = source.stat().st_size
    with tarfile.open(fileobj=stream, mode="r|*", tarinfo=_BoundedTarInfo) as archive:
        for info in archive:
            archive.members = []  # type: ignore[attr-defined]  # tarfile would keep every header
            if info.isdir():
                gate.check_folder(info.name)
                continue
            if not info.isreg():
                raise gate.refusal("it contains a link or a device", info.name)
            name = gate.admit(info.name, info.size, packed_bytes)
            if not _LITTER.match(name) and select(name):
                handle = archive.extractfile(info)
                if handle is not None:
                    yield Member(name, info.size, handle)  # type: ignore[arg-type]  # IO[bytes] by another name


class ZipTree:
    """Members of a zip."""

    def __init__(self, source: Path) -> None:
        self.source = source

    def stream(self, select: Select) -> Iterator[Member]:
        """See `Tree`."""
        gate = _Gate(self.source, "")
        with corruption_named(self.source), zipfile.ZipFile(self.source) as archive:
            for info in archive.infolist():
                kind = info.external_attr >> 28
                if info.is_dir():
                    gate.check_folder(info.orig_filename)
                    continue
                if kind not in (0, 0o10):
                    raise gate.refusal("it contains a link or a device", info.filename)
                if info.flag_bits & 1:
                    raise InputError("the archive is encrypted", visible(self.source), "unpack it first")
                name = gate.admit(info.orig_filename, info.file_size, self.source.stat().st_size)
                if info.file_size > _FREE_BYTES and info.file_size > MAX_RATIO * max(1, info.compress_size):
                    raise gate.refusal("excessive compression ratio of a member", name)
                if not _LITTER.match(name) and select(name):
                    with archive.open(info) as handle:
                        yield Member(name, info.file_size, handle)  # type: ignore[arg-type]  # IO[bytes] by another name


class _Gate:
    """Checks every member of one archive."""

    def __init__(self, source: Path, inside: str) -> None:
        self._where = visible(source) + (f", {visible(inside)}" if inside else "")
        self._names: set[int] = set()
        self._bytes = 0

    def refusal(self, reason: str, name: str) -> SafetyError:
        return SafetyError(f"the archive is refused: {reason}: {visible(name)}", self._where, "download it again from its publisher")

    def check_folder(self, name: str) -> str:
        try:
            check_name(name)
        except Reject as problem:
            raise self.refusal(problem.message, name) from None
        return name.removeprefix("./")

    def admit(self, name: str, size: int, packed_bytes: int) -> str:
        clean = self.check_folder(name)
        key = hash(clean)
        if key in self._names:
            raise self.refusal("duplicate name", name)
        self._names.add(key)
        self._bytes += size
        if len(self._names) > MAX_MEMBERS:
            raise self.refusal(f"more than {MAX_MEMBERS:,} members", name)
        if self._bytes > max(_FREE_BYTES, MAX_RATIO * packed_bytes):
            raise self.refusal("excessive compression ratio", name)
        return clean


@contextmanager
def corruption_named(source: Path | str) -> Iterator[None]:
    """Turn exceptions of tar, zip and decompressors into an error that names the source."""
    try:
        yield
    except _CORRUPTION as error:
        raise InputError(f"the file is corrupted: {visible(error)}", visible(source), "download it again") from None
