"""Pictures with several captions each: what the COCO and Flickr readers share.

Every caption is a record of its own; the picture is its group, so that all captions of one
picture lie in one split.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmcli.data.layouts.base import RawField, RawRecord, RawReject, is_unicode, modality_of, printable
from mmcli.data.layouts.listing import Listing, check_name
from mmcli.modalities.base import Reject


class Pictures:
    """The pictures of a folder, found by their base name wherever they lie."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._by_name = {name.rpartition("/")[2]: name for name in listing.files if modality_of(name) == "image"}
        self.used: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def find(self, name: str) -> RawField:
        """The picture that a table names.

        Raises:
            Reject: There is none, or it may not be read.
        """
        check_name(name)
        if name not in self._listing.files:
            name = self._by_name.get(name.rpartition("/")[2], name)
        relative, path = self._listing.resolve(name)
        self.used.add(relative)
        return RawField(printable(relative), path=path)

    def record(self, identity: str, name: str, caption: str | None, place: str, split: str | None) -> Iterator[RawRecord | RawReject]:
        """The record of one caption; its picture's problem first if it has one.

        A folder without any picture is read for its captions alone.
        """
        fields = {}
        try:
            if self._by_name:
                fields["image"] = self.find(name)
        except Reject as problem:
            yield RawReject(identity, f"{place} {printable(name)}", problem.code, problem.message)
        text = " ".join((caption or "").split())
        if text and not is_unicode(text):
            yield RawReject(identity, place, "TXT_ENCODING", "the caption is not UTF-8 text, or holds half of a surrogate pair")
        elif text:
            fields["caption"] = RawField(place, text=text)
        if fields:
            yield RawRecord(identity, None, split, printable(name), fields)

    def leftover(self) -> Iterator[RawReject]:
        """Pictures that no caption names."""
        for name in self._by_name.values():
            if name not in self.used:
                yield RawReject(printable(name), printable(name), "UNPAIRED", "no caption names this picture")
