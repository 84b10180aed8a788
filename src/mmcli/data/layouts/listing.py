"""The files of a raw folder, listed once; all file names in manifests are resolved here.

Symbolic links, devices, pipes and unreadable folders are listed separately with the reason; no file
is opened here.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections import Counter
from collections.abc import Collection, Iterator
from functools import cached_property
from pathlib import Path, PurePosixPath

from mmcli.artifacts import manifest
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.core.ledger import Ledger
from mmcli.data.layouts.base import Choice, RawReject, modality_of, printable, stem_of
from mmcli.data.layouts.lookalikes import folded
from mmcli.modalities.base import Reject

_LITTER = re.compile(r"\.|__macosx$", re.IGNORECASE)
_CARD = re.compile(r"(readme|licen[cs]e)([-_.][\w-]*)?(\.(md|txt|rst|html|pdf))?$|thumbs\.db$|desktop\.ini$", re.IGNORECASE)
_PLAIN_NAME = re.compile(r"\w[\w .-]*(/[\w .-]+)*")
_OWN_FILES = frozenset(
    {manifest.NAME, "log.txt", "rejects.jsonl", "rows.npy", "items.jsonl", "sheet.png", "animation.webp", "animation.gif", "fields"}
)
_SHARD_STATS = re.compile(r"(^|/)\d{4,}_stats\.json$")  # 00012_stats.json, 00012.parquet
_MAX_CARDS = 3  # more readme and licence texts in one folder are data
_MAX_PATH = 4096
_MAX_LOOKS = 50  # do not open 20,000 sidecar files to detect the layout
_MESSAGES = {
    "SYMLINK_REFUSED": "symbolic links are not followed",
    "NOT_REGULAR": "not a regular file",
    "NOT_FOUND": "no such file",
    "PERMISSION": "permission denied",
    "CHANGED": "the file disappeared while the folder was read",
}


class Listing:
    """All regular files below `root`, by relative POSIX path.

    Args:
        root: The folder.
        only: Name of the only file to consider, if any.
        beside: Relative paths of regular files to consider beside it.

    Attributes:
        files: Relative path -> (size in bytes, modification time in ns), in sorted order.
        odd: Relative path -> code, for entries that cannot be read as files.
        passed_over: Relative path -> reason, for files and folders that are not read because of their names.
        choice: What the user chose to read of tables and fields.

    Raises:
        InputError: The folder does not exist, is a file, or cannot be listed.
    """

    def __init__(self, root: Path, only: str = "", beside: Collection[str] = ()) -> None:
        where = visible(root)
        if not root.exists():
            raise InputError("no such folder", where, "check the path")
        if not root.is_dir():
            fix = "give the folder that contains it, or a table (.csv, .tsv, .jsonl, .json, .parquet)"
            raise InputError("this is a file, not a data folder", where, fix)
        self.root, self._alone = root, bool(only)
        self._prefix = os.fspath(root)
        self.odd: dict[str, str] = {}
        self.passed_over: dict[str, str] = {}
        self._cards: dict[str, tuple[int, int]] = {}
        self.choice = Choice()
        found = dict((_facts(root / name, name) for name in (only, *beside)) if only else self._walk())
        if "" in self.odd:
            raise InputError("the folder cannot be listed: permission denied", where, "change the permissions")
        self._judge_cards(found)
        self._judge_shard_lists(found)
        self.files: dict[str, tuple[int, int]] = dict(sorted(found.items()))

    @cached_property
    def folders(self) -> dict[str, list[str]]:
        """Base names of the files of each folder, `""` for the top level, all in sorted order of the paths."""
        found: dict[str, list[str]] = {}
        for name in self.files:
            folder, _, base = name.rpartition("/")
            found.setdefault(folder, []).append(base)
        return found

    def _walk(self) -> Iterator[tuple[str, tuple[int, int]]]:
        ours = (self.root / manifest.NAME).is_file()
        pending = [""]
        while pending:
            folder = pending.pop()
            try:
                entries = os.scandir(self.root / folder)
            except OSError:
                self.odd[folder.rstrip("/")] = "PERMISSION"
                continue
            with entries:
                for entry in entries:
                    name = folder + entry.name
                    if _LITTER.match(entry.name):
                        self.passed_over[name] = "hidden"
                        continue
                    if ours and not folder and entry.name in _OWN_FILES:
                        continue
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(name + "/")
                    elif _CARD.match(entry.name) and entry.is_file(follow_symlinks=False):
                        self._cards[name] = _facts(entry, name)[1]
                    elif entry.is_file(follow_symlinks=False):
                        yield _facts(entry, name)
                    else:
                        self.odd[name] = "SYMLINK_REFUSED" if entry.is_symlink() else "NOT_REGULAR"

    def account(self, ledger: Ledger) -> None:
        """Note the files and folders that are not read because of their names."""
        for why in sorted(set(self.passed_over.values())):
            ledger.leave_out("files", why, names=sorted(name for name, reason in self.passed_over.items() if reason == why))

    def _judge_cards(self, found: dict[str, tuple[int, int]]) -> None:
        """Readme and licence files are data if they have a file of another modality beside them, or are many."""
        readable = {name for name in self._cards if modality_of(name)}
        stems = {tidy_stem(name) for name in found if modality_of(name)} if readable else set()
        per_folder = Counter(name.rpartition("/")[0] for name in readable)
        for name, facts in self._cards.items():
            if name in readable and (tidy_stem(name) in stems or per_folder[name.rpartition("/")[0]] > _MAX_CARDS):
                found[name] = facts
            else:
                self.passed_over[name] = "named like a readme or licence"

    def _judge_shard_lists(self, found: dict[str, tuple[int, int]]) -> None:
        """Pass over the lists that img2dataset writes for each of its shards, whose samples hold the same."""
        for name in [name for name in found if _SHARD_STATS.search(name)]:
            for companion in (name, name.removesuffix("_stats.json") + ".parquet"):
                if found.pop(companion, None):
                    self.passed_over[companion] = "a shard's own list, repeated in its samples"

    def fingerprint(self) -> str:
        """Digest of every file's path, size and modification time."""
        digest = hashlib.sha256()
        for name, (size, mtime_ns) in self.files.items():
            digest.update(f"{size} {mtime_ns} {name}\0".encode("utf-8", "surrogateescape"))
        for name, code in sorted(self.odd.items()):
            digest.update(f"{code} {name}\0".encode("utf-8", "surrogateescape"))
        return digest.hexdigest()[:32]

    def top(self, *suffixes: str) -> list[str]:
        """Names of the files at the top level with one of the suffixes, or all if none is given."""
        return [name for name in self.files if "/" not in name and (not suffixes or name.lower().endswith(suffixes))]

    def likely(self, names: list[str], hint: str) -> list[str]:
        """The names of files worth opening: all, or if there are very many only those that contain the hint."""
        return names if len(names) <= _MAX_LOOKS else [name for name in names if hint in name.lower()]

    def head(self, name: str, num_bytes: int = 64 * 1024) -> bytes:
        """First bytes of a file, for detecting its format; empty if it cannot be read."""
        try:
            with (self.root / name).open("rb") as handle:
                return handle.read(num_bytes)
        except OSError:
            return b""

    def path(self, name: str) -> Path:
        """Path of a listed file, with its permissions checked.

        Raises:
            Reject: It cannot be read, is gone, or its size or date has changed since it was listed.
        """
        path = os.path.join(self._prefix, name)
        if name in self.files:
            try:
                facts = os.lstat(path)
            except OSError:
                raise Reject("CHANGED", _MESSAGES["CHANGED"]) from None
            if (facts.st_size, facts.st_mtime_ns) != self.files[name]:
                raise Reject("CHANGED", "the file changed while the folder was read")
        if not os.access(path, os.R_OK):
            code = "PERMISSION" if os.path.lexists(path) else "CHANGED"
            raise Reject(code, _MESSAGES[code])
        return Path(path)

    def resolve(self, name: str, base: str = "") -> tuple[str, Path]:
        """Resolve a file named by a row of a manifest, relative to the manifest's folder `base`.

        Raises:
            Reject: The name points outside the folder, or not to a regular readable file.
            InputError: Only the manifest was given, and the file appeared later, so that its changes would go unnoticed.
        """
        check_name(name)
        relative = f"{base}/{name}" if base else name
        if relative not in self.files:
            relative = str(PurePosixPath(relative))
        if relative not in self.files:
            _diagnose(self.root, relative)
            if self._alone:
                what = f"the table names a file that was not there when it was first read, or only far below: {visible(name, 60)}"
                raise InputError(what, visible(self.root), f"give the folder: {visible(self.root)}")
        return relative, self.path(relative)

    def problems(self) -> Iterator[RawReject]:
        """Entries of the folder that cannot be read as files."""
        for name, code in sorted(self.odd.items()):
            yield RawReject(printable(name), printable(name), code, _MESSAGES[code])

    def unpaired(self, used: set[str]) -> Iterator[RawReject]:
        """Files that no record uses."""
        for name in self.files:
            if name not in used:
                yield RawReject(printable(name), printable(name), "UNPAIRED", "no record names this file")


def tidy_stem(name: str) -> str:
    """Base name of a file without its extension and without differences of case, normal form and blanks."""
    return folded(stem_of(name.rpartition("/")[2]))


def _facts(entry: os.DirEntry[str] | Path, name: str) -> tuple[str, tuple[int, int]]:
    """Name, size and modification time."""
    facts = entry.stat(follow_symlinks=False)
    return name, (facts.st_size, facts.st_mtime_ns)


def check_name(name: str) -> None:
    """Refuse a name that could point outside the folder, judged by its text alone.

    Raises:
        Reject: It contains `://`, NUL, a backslash, a drive letter or a `..` component, or is absolute.
    """
    reason = None
    if _PLAIN_NAME.fullmatch(name) and ".." not in name:
        return
    if "://" in name or name.lower().startswith("file:"):
        reason = "a URL is not a file in this folder"
    elif "\0" in name:
        reason = "the name contains a NUL"
    elif "\\" in name:
        reason = "the name contains a backslash"
    elif name.startswith("/") or re.match(r"[A-Za-z]:", name):
        reason = "the path is absolute"
    elif ".." in name.split("/"):
        reason = "the path points outside the folder"
    if reason:
        raise Reject("PATH_REFUSED", reason)


def _diagnose(root: Path, relative: str) -> None:
    """Raise the reason why a file that is not listed cannot be used; return if it can (a hidden file)."""
    parts = PurePosixPath(relative).parts
    code = "NOT_FOUND"
    if parts and len(relative) <= _MAX_PATH:
        try:
            for end in range(1, len(parts) + 1):
                mode = os.lstat(root.joinpath(*parts[:end])).st_mode
                if stat.S_ISLNK(mode):
                    raise Reject("SYMLINK_REFUSED", _MESSAGES["SYMLINK_REFUSED"])
            if stat.S_ISREG(mode):
                return
            code = "NOT_REGULAR"
        except PermissionError:
            code = "PERMISSION"
        except (OSError, ValueError):
            code = "NOT_FOUND"
    raise Reject(code, _MESSAGES[code])
