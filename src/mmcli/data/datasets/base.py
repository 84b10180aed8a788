"""What an importer is: facts about a data set, and a stream of its records."""

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
    """The bytes of one picture or sound, as a file that preprocess reads.

    Records that share a medium give it the same `key` and suffix; it is then written once.
    """

    data: bytes
    suffix: str
    key: str = ""


@dataclass(frozen=True)
class Item:
    """One record; `fields` holds texts and media, `extra` columns that are kept but are no fields.

    `place` names the file and row that it comes from, where its id does not.
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
    """A record that the data set's own rules leave out; it is counted."""

    reason: str


@dataclass(frozen=True)
class Ahead:
    """How many records the source turns out to hold, said before the first of them: for progress."""

    records: int


@dataclass(frozen=True)
class Published:
    """Records per split that the publisher counts, where that depends on which part of the data set a source holds."""

    records: dict[str, int]


Found = Item | LeftOut | RawReject | Ahead | Published


@dataclass(frozen=True)
class About:
    """Facts about a data set.

    Attributes:
        title: Its name.
        publisher: Who made it, and the paper's title.
        licence: Terms of use, in the publisher's words as far as they go.
        fields: Field names and modalities.
        expects: What the source must hold, for an error.
        published: Records that the publisher counts, per split; empty where it says none, or where
            it depends on the source (`Published`).
    """

    title: str
    publisher: str
    licence: str
    fields: dict[str, str]
    expects: str
    published: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Importer:
    """Reads one data set from its publisher's files; `options` names those that only some data sets have."""

    about: About
    items: Callable[[Tree, ImportConfig], Iterator[Found]]
    options: tuple[str, ...] = ()


def small_file(tree: Tree, ending: str) -> bytes | None:
    """Bytes of the first file whose name ends so at a folder's border, or None."""
    for member in tree.stream(lambda name: name == ending or name.endswith("/" + ending)):
        return member.read(MAX_TEXT_BYTES)
    return None


def need_file(tree: Tree, ending: str) -> bytes:
    """As `small_file`, but the file must be there.

    Raises:
        InputError: It is not.
    """
    data = small_file(tree, ending)
    if data is None:
        raise InputError(f"the source has no {ending}", visible(tree.source), "give the publisher's complete folder or archive")
    return data


def csv_table(tree: Tree, ending: str, *columns: str) -> list[dict[str, str]]:
    """Rows of a publisher's CSV file with a header.

    Raises:
        InputError: It is missing, cannot be read, or lacks one of the columns.
    """
    reader = csv.DictReader(io.StringIO(decoded(need_file(tree, ending), ending), newline=""))
    try:
        rows = list(reader)
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", visible(ending), "get it from its publisher again") from None
    lacking = [column for column in columns if column not in (reader.fieldnames or ())]
    if lacking:
        raise InputError(f"the table has no column {lacking[0]}", visible(ending), "get it from its publisher again")
    return [{key: value for key, value in row.items() if isinstance(key, str) and isinstance(value, str)} for row in rows]


def decoded(data: bytes, what: str) -> str:
    """Bytes of a publisher's table as text.

    Raises:
        InputError: They are not UTF-8.
    """
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InputError("a table of the source is not UTF-8 text", visible(what), "get it from its publisher again") from None


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


def picture_suffix(data: bytes, name: str) -> str:
    """Extension that a picture's first bytes ask for, whatever its name says.

    Raises:
        Reject: It is no picture of a format that preprocess reads.
    """
    suffix = signatures.suffix_for(data)
    if suffix:
        return suffix
    if not data:
        raise Reject("IMG_EMPTY", f"{visible(name)} is empty")
    raise Reject("IMG_UNIDENTIFIED", f"{visible(name)} is no picture")


def choose_variant(found: set[str], wanted: str | None, tree: Tree) -> str:
    """The one variant to read, of several that a source holds; `balanced` is enough for `emnist-balanced`.

    Raises:
        UsageError: There are several and none was chosen, or the chosen one is not there.
    """
    names = sorted(found)
    if wanted in found:
        return wanted
    short = [name for name in names if wanted and name.endswith(f"-{wanted}")]
    if len(short) == 1:
        return short[0]
    if wanted or len(names) > 1:
        raise UsageError(f"the source holds: {', '.join(visible(n) for n in names)}", visible(tree.source), "choose one with --variant")
    return names[0] if names else ""
