"""Contents of a raw folder: records with named fields, and rejected items."""

from __future__ import annotations

import functools
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmcli.data.layouts.lookalikes import tidy
from mmcli.modalities import registry

TABLE_SUFFIXES = (".csv", ".tsv", ".jsonl", ".json", ".parquet")
MAX_COLUMNS = 1000
_WHOLE = re.compile(r"[-+]?\d+\.0*")
_SPLITS = {
    **dict.fromkeys(("train", "training", "trn"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "validate", "dev", "devel", "development"), "val"),
    **dict.fromkeys(("test", "testing", "tst", "eval", "evaluation", "holdout", "heldout"), "test"),
}
# Words beside the split's own that add nothing: training_set, validation_data, train-clean-100, test_images.
_PADDING = frozenset({"set", "sets", "data", "dataset", "split", "part", "files", "samples", "clean", "other", "final"})
_LETTERS = re.compile(r"[^\W\d_]+")


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


@dataclass(frozen=True)
class BadRow:
    """A row of a table that cannot be used, with the reason, and what to do about it if that is known."""

    message: str
    fix: str = ""


Row = dict[str, Any] | BadRow


@dataclass(frozen=True)
class Choice:
    """What to read of a raw folder, and how.

    Attributes:
        only: Columns and fields to read; all if empty.
        without: Columns and fields not to read.
        encoding: Encoding of tables; None for UTF-8, or UTF-16 with a byte order mark.
    """

    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    encoding: str | None = None

    def takes(self, *names: str) -> bool:
        """Whether a column or field, by any of its names, is to be read."""
        return not any(name in self.without for name in names) and (not self.only or self.names(*names))

    def names(self, *names: str) -> bool:
        """Whether a column or field is explicitly to be read."""
        return any(name in self.only for name in names)


def suffix_of(name: str) -> str:
    """Lower-case extension of a path's last component, with the dot."""
    start = name.rfind("/") + 1
    dot = name.rfind(".", start)
    return name[dot:].lower() if start < dot < len(name) - 1 else ""


def stem_of(name: str) -> str:
    """Path without its last extension."""
    start = name.rfind("/") + 1
    dot = name.rfind(".", start)
    return name[:dot] if start < dot < len(name) - 1 else name


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


def is_medium(value: Any) -> bool:
    """Whether a value is a struct of a file's bytes and its path, as data hubs write them."""
    return isinstance(value, dict) and ("bytes" in value or "path" in value)


def split_of(word: str) -> str | None:
    """Our name of a split for a publisher's name, such as `Training_Set`, `dev` or `test2017`, or None.

    The name must consist of one split's word and of words and numbers that add nothing to it.
    """
    return _split_of(word) if len(word) <= 100 else None


def split_in(name: str) -> str | None:
    """Split named by a word of a file's name, as in `captions_train2017.json`."""
    words = re.split(r"[^a-z]+", name.rpartition("/")[2].lower())
    return next((found for word in words if (found := split_of(word))), None)


def split_of_path(name: str) -> str | None:
    """Split named by a relative path: by a word of its file's name, otherwise by its first folder."""
    return split_in(name) or split_of(name.partition("/")[0])


@functools.lru_cache(maxsize=4096)
def _split_of(word: str) -> str | None:
    words = _LETTERS.findall(unicodedata.normalize("NFKC", word).lower())
    if "".join(words) in _SPLITS:  # hold_out
        return _SPLITS["".join(words)]
    found = [split for part in words if not _pads(part) and (split := _split_word(part))]
    return found[0] if len(found) == 1 and len(words) == 1 + sum(map(_pads, words)) else None


def _pads(word: str) -> bool:
    return word in _PADDING or registry.named_so(word) is not None


def _split_word(word: str) -> str | None:
    """Split of a word such as `train` or `trainset`."""
    if word in _SPLITS:
        return _SPLITS[word]
    return next((split for known, split in _SPLITS.items() if word.startswith(known) and _pads(word[len(known) :])), None)


def printable(name: str) -> str:
    """Convert a file name to valid Unicode: bytes that are not UTF-8 become backslash escapes."""
    return name if name.isascii() else name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def word_of(value: str | float) -> str:
    """Name of a label or group: outer and repeated blanks do not matter, nor whether a whole number is written 1 or 1.0."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else str(value)
    text = tidy(str(value))
    return text.partition(".")[0] if _WHOLE.fullmatch(text) else text


def is_unicode(text: str) -> bool:
    """Whether the text can be encoded as UTF-8, that is, contains no lone surrogates."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
