"""What a stage read as what, left out, and changed, with counts: nothing is dropped in silence.

Every stage has one ledger. It is shown on one screen at the stage's end; the manifest and the report have all of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from typing import Any, Self

from mmcli.core.display import visible

MOST_NAMES = 10_000  # kept per entry; `count` is that of all
_SHOWN_NAMES, _SHOWN_ENTRIES = 3, 20
_LONGEST = 300  # characters of a line


@dataclass(frozen=True)
class Entry:
    """One line of a ledger.

    Attributes:
        topic: What happened: `read as text`, `labels from`, `left out`, `changed`, `noted`.
        what: A field, column or folder, or a noun for several things.
        detail: Source, reason or change.
        count: Number of items, or 0 if it does not concern items.
        of: Number of items that could have been concerned, or 0.
        names: The items by name.
    """

    topic: str
    what: str
    detail: str
    count: int = 0
    of: int = 0
    names: tuple[str, ...] = ()

    def text(self) -> str:
        """One line without the topic; long lists of names are shortened."""
        number = f"{self.count:,}{f' of {self.of:,}' if self.of else ''} " if self.count else ""
        shown = ", ".join(visible(name, 60) for name in self.names[:_SHOWN_NAMES])
        more = max(self.count, len(self.names)) - _SHOWN_NAMES
        listed = f" ({shown}{f', and {more:,} more' if more > 0 else ''})" if shown else ""
        return f"{visible(self.what, 60)}{': ' if self.what else ''}{number}{visible(self.detail, _LONGEST)}{listed}"


class Ledger:
    """Entries in the order in which they were made."""

    def __init__(self, entries: Collection[Entry] = ()) -> None:
        self.entries = list(entries)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def read(self, role: str, what: str, source: str) -> None:
        """Note what was read as what: `read("text", "caption", "column title of metadata.csv")`."""
        self.note(f"read as {role}", what, source)

    def leave_out(self, what: str, why: str, *, count: int = 0, of: int = 0, names: Collection[str] = ()) -> None:
        """Note what was not used: `leave_out("column url", "every value is an address")`."""
        self.note("left out", what, why, count=count, of=of, names=names)

    def change(self, what: str, how: str, *, count: int, of: int = 0, names: Collection[str] = ()) -> None:
        """Note what was cropped, cut, enlarged or otherwise not used as it is; nothing if `count` is 0."""
        if count:
            self.note("changed", what, how, count=count, of=of, names=names)

    def remark(self, what: str, how: str, *, count: int, of: int = 0, names: Collection[str] = ()) -> None:
        """Note what was used as it is, but says little, such as silent sounds; nothing if `count` is 0."""
        if count:
            self.note("noted", what, how, count=count, of=of, names=names)

    def note(self, topic: str, what: str, detail: str, *, count: int = 0, of: int = 0, names: Collection[str] = ()) -> None:
        """Append an entry; without a `count`, that of the names is taken."""
        kept = tuple(map(_unicode, islice(names, MOST_NAMES)))
        self.entries.append(Entry(topic, _unicode(what), _unicode(detail), int(count) or len(names), int(of), kept))

    def lines(self, where: str = "artifact.json") -> list[str]:
        """The ledger on one screen, aligned.

        Args:
            where: Where all of it is, named if it does not fit.
        """
        shown = self.entries[:_SHOWN_ENTRIES]
        width = max((len(entry.topic) for entry in shown), default=0)
        found = [f"{entry.topic.ljust(width)}  {entry.text()}" for entry in shown]
        more = len(self.entries) - len(shown)
        return [*found, f"and {more:,} more, see {where}"] if more else found

    def to_json(self) -> list[dict[str, Any]]:
        """All entries as JSON values."""
        return [{**asdict(entry), "names": list(entry.names)} for entry in self.entries]

    @classmethod
    def of(cls, summary: Mapping[str, Any]) -> Self:
        """The ledger in a manifest's summary, which was checked against its schema."""
        return cls([Entry(**{**entry, "names": tuple(entry["names"])}) for entry in summary.get("ledger", ())])


def _unicode(text: str) -> str:
    """File names that are not UTF-8 hold lone surrogates, which JSON in UTF-8 cannot."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
