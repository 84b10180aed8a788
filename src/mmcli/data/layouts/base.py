"""Contents of a raw folder: records with named fields, and rejected items."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from mmcli.modalities import registry

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl")
_SPLITS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val", "test": "test"}


@dataclass(frozen=True)
class RawField:
    """One field of a record.

    Exactly one of `path`, `text` and `data` is set: a file, an inline text, or the bytes of a
    member of an archive or table. `source` names it for a user; it is always valid Unicode.
    """

    source: str
    path: Path | None = None
    text: str | None = None
    data: bytes | None = None


@dataclass(frozen=True)
class RawRecord:
    """One record; missing fields are absent from `fields`.

    `split` is the split given by the folder (train, val or test) or None. Records of one `group` (a
    speaker, an image with five captions) belong to the same split.
    """

    id: str
    label: str | None
    split: str | None
    group: str | None
    fields: dict[str, RawField]


@dataclass(frozen=True)
class RawReject:
    """A rejected item: `path` names the file (and row), `code` is one of the documented codes."""

    id: str
    path: str
    code: str
    message: str


def suffix_of(name: str) -> str:
    """Lower-case extension of a path's last component, with the dot."""
    return PurePosixPath(name).suffix.lower()


def modality_of(name: str) -> str | None:
    """Modality of a file extension, or None."""
    return registry.of_suffix(suffix_of(name))


def modality_of_value(value: Any) -> str | None:
    """Modality of a file name, or of a `{bytes, path}` struct, by its path or first bytes."""
    if isinstance(value, str):
        return modality_of(value)
    if isinstance(value, dict):
        named = modality_of(value["path"]) if isinstance(value.get("path"), str) else None
        return named or registry.of_content(value.get("bytes") or b"")
    return registry.of_content(value) if isinstance(value, bytes) else None


def split_of(word: str) -> str | None:
    """Our name of a split for a publisher's name, or None."""
    return _SPLITS.get(word.strip().lower())


def printable(name: str) -> str:
    """Convert a file name to valid Unicode: bytes that are not UTF-8 become backslash escapes."""
    return name if name.isascii() else name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def is_unicode(text: str) -> bool:
    """Whether the text can be encoded as UTF-8, that is, contains no lone surrogates."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
