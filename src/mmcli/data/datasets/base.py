"""Interface of importers: facts about a data set, and a stream of its records."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from mmcli.core.display import visible
from mmcli.core.errors import InputError, UsageError
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Member, Tree
from mmcli.data.layouts.base import RawReject
from mmcli.modalities.base import Reject
from mmcli.modalities.image import signatures

MAX_TEXT_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Media:
    """The bytes of one image or sound, as a file that preprocess can read.

    Records that share a file give it the same `key` and suffix; it is then written once.
    """

    data: bytes
    suffix: str
    key: str = ""


@dataclass(frozen=True)
class Item:
    """One record; `fields` holds texts and media, `extra` additional columns that are not fields.

    `place` names the source file and row, if the id does not.
    """

    id: str
    fields: dict[str, str | Media]
    label: str | None = None
    split: str | None = None
    group: str | None = None
    extra: dict[str, Any] = field(default_factory=dict)
    place: str = ""


@dataclass(frozen=True)
class LeftOut:
    """A record that the data set's own rules exclude; it is counted."""

    reason: str


@dataclass(frozen=True)
class Ahead:
    """Number of records in the source, yielded before the first of them, for progress."""

    records: int


@dataclass(frozen=True)
class Published:
    """Published number of records per split, if it depends on which part of the data set the source contains."""

    records: dict[str, int]


Found = Item | LeftOut | RawReject | Ahead | Published


@dataclass(frozen=True)
class About:
    """Facts about a data set.

    Attributes:
        title: Its name.
        publisher: Publisher, and the title of the paper.
        licence: Terms of use, in the publisher's words where possible.
        fields: Field names and their modalities.
        expects: What the source must contain, for error messages.
        published: Published number of records per split; empty if there is none, or if it depends on
            the source (`Published`).
    """

    title: str
    publisher: str
    licence: str
    fields: dict[str, str]
    expects: str
    published: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Importer:
    """Reads one data set from its publisher's files; `options` names the options that only some data sets have."""

    about: About
    items: Callable[[Tree, ImportConfig], Iterator[Found]]
    options: tuple[str, ...] = ()


def small_file(tree: Tree, ending: str) -> bytes | None:
    """Bytes of the first file whose path ends with these components, or None."""
    for member in tree.stream(lambda name: name == ending or name.endswith("/" + ending)):
        return member.read(MAX_TEXT_BYTES)
    return None


def need_file(tree: Tree, ending: str) -> bytes:
    """As `small_file`, but the file must exist.

    Raises:
        InputError: It does not exist.
    """
    data = small_file(tree, ending)
    if data is None:
        raise InputError(f"the source lacks {ending}", visible(tree.source), "give the publisher's complete folder or archive")
    return data


def csv_table(tree: Tree, ending: str, *columns: str) -> list[dict[str, str]]:
    """Rows of a publisher's CSV file with a header.

    Raises:
        InputError: The file is missing or unreadable, or lacks one of the columns.
    """
    reader = csv.DictReader(io.StringIO(decoded(need_file(tree, ending), ending), newline=""))
    try:
        rows = list(reader)
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", visible(ending), "download it again from its publisher") from None
    lacking = [column for column in columns if column not in (reader.fieldnames or ())]
    if lacking:
        raise InputError(f"the table has no column {lacking[0]}", visible(ending), "download it again from its publisher")
    return [{key: value for key, value in row.items() if isinstance(key, str) and isinstance(value, str)} for row in rows]


def decoded(data: bytes, what: str) -> str:
    """Decode a publisher's table.

    Raises:
        InputError: The bytes are not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("a table of the source is not UTF-8 text", visible(what), "download it again from its publisher") from None


def text_item(member: Member) -> str:
    """Text of one record.

    Raises:
        Reject: It is too large, not UTF-8, or empty.
    """
    if member.size > MAX_TEXT_BYTES:
        raise Reject("TXT_TOO_LARGE", f"{member.size:,} bytes")
    try:
        text = member.read().decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Reject("TXT_ENCODING", "not UTF-8") from None
    if not text.strip():
        raise Reject("TXT_EMPTY", "no text")
    return text


def image_suffix(data: bytes, name: str) -> str:
    """Extension of an image according to its first bytes, whatever its name.

    Raises:
        Reject: It is not an image in a format that preprocess reads.
    """
    suffix = signatures.suffix_for(data)
    if suffix:
        return suffix
    if not data:
        raise Reject("IMG_EMPTY", f"{visible(name)} is empty")
    raise Reject("IMG_UNIDENTIFIED", f"{visible(name)} is not an image")


def choose_variant(found: set[str], wanted: str | None, tree: Tree) -> str:
    """The variant to read if a source contains several; `balanced` matches `emnist-balanced`.

    Raises:
        UsageError: There are several and none was chosen, or the chosen one does not exist.
    """
    names = sorted(found)
    if wanted in found:
        return wanted
    short = [name for name in names if wanted and name.endswith(f"-{wanted}")]
    if len(short) == 1:
        return short[0]
    if wanted or len(names) > 1:
        raise UsageError(
            f"the source contains several variants: {', '.join(visible(n) for n in names)}",
            visible(tree.source),
            "choose one with --variant",
        )
    return names[0] if names else ""
