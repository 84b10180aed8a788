"""Images with several captions each: code shared by the COCO and Flickr readers.

Every caption is a record of its own; the image is its group, so that all captions of an image
are in the same split.
"""

from __future__ import annotations

from collections.abc import Iterator

from mmcli.data.layouts.base import RawField, RawRecord, RawReject, is_unicode, modality_of, printable
from mmcli.data.layouts.listing import Listing, check_name
from mmcli.modalities.base import Reject


class Images:
    """The images of a folder, found by base name in any subfolder."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._by_name = {name.rpartition("/")[2]: name for name in listing.files if modality_of(name) == "image"}
        self.used: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def find(self, name: str) -> RawField:
        """Find the image that a table names.

        Raises:
            Reject: It does not exist or cannot be read.
        """
        check_name(name)
        if name not in self._listing.files:
            name = self._by_name.get(name.rpartition("/")[2], name)
        relative, path = self._listing.resolve(name)
        self.used.add(relative)
        return RawField(printable(relative), path=path)

    def record(self, identity: str, name: str, caption: str | None, place: str, split: str | None) -> Iterator[RawRecord | RawReject]:
        """The record of one caption, preceded by the problem of its image, if any.

        In a folder without images only the captions are read.
        """
        fields = {}
        try:
            if self._by_name:
                fields["image"] = self.find(name)
        except Reject as problem:
            yield RawReject(identity, f"{place} {printable(name)}", problem.code, problem.message)
        text = " ".join((caption or "").split())
        if text and not is_unicode(text):
            yield RawReject(identity, place, "TXT_ENCODING", "the caption is not UTF-8 text, or contains a lone surrogate")
        elif text:
            fields["caption"] = RawField(place, text=text)
        if fields:
            yield RawRecord(identity, None, split, printable(name), fields)

    def leftover(self) -> Iterator[RawReject]:
        """Images that no caption names."""
        for name in self._by_name.values():
            if name not in self.used:
                yield RawReject(printable(name), printable(name), "UNPAIRED", "no caption names this image")
