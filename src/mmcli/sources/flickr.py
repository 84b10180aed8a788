r"""Flickr8k and Flickr30k: `<img>.jpg#<0-4>` TAB caption, or the tables that Kaggle gives.

Pictures lie in any folder (the publisher's is spelt `Flicker8k_Dataset`); files such as
`Flickr_8k.trainImages.txt` name the pictures of a split.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import ClassVar

from mmcli.display import visible
from mmcli.errors import InputError
from mmcli.sources.base import RawRecord, RawReject, printable, split_of
from mmcli.sources.captioned import Pictures
from mmcli.sources.listing import Listing

_TOKEN = re.compile(r"(?P<image>[^\t#]+\.\w+)#(?P<number>\d+)\t(?P<caption>.*)")
_PIPED = re.compile(r"(?P<image>[^|]+?)\|\s*(?P<number>\d+)\s*\|(?P<caption>.*)")
_COMMA = re.compile(r"(?P<image>[^,]+\.\w+),(?P<caption>.*)")
_SPLIT_FILE = re.compile(r"(?i)(.*[._/])?(train|dev|val|test)images\.txt$")
_HEADERS = ("image,caption", "image_name| comment_number| comment", "image_name|comment_number|comment")
_MAX_LINE = 2**16


class Flickr:
    """Reader of the layout."""

    name: ClassVar[str] = "flickr"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether a table of captions is there."""
        return _table(listing) is not None

    def __init__(self, listing: Listing) -> None:
        table = _table(listing)
        if table is None:
            raise InputError("the folder has no *.token.txt, captions.txt or results.csv", visible(listing.root), "choose another --format")
        self._listing, self._table = listing, table
        self._has_pictures = bool(Pictures(listing))

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return {"caption": "text", "image": "image"} if self._has_pictures else {"caption": "text"}

    def records(self) -> Iterator[RawRecord | RawReject]:
        """A record per caption, then the pictures without one."""
        pictures, splits = Pictures(self._listing), self._splits()
        numbers: dict[str, int] = {}
        seen: set[str] = set()
        for line_number, line in _lines(self._listing, self._table):
            place = f"{printable(self._table)}:{line_number}"
            found = _parse(line)
            if found is None:
                if line.strip() and line not in _HEADERS:
                    yield RawReject(place, place, "ROW_INVALID", "not a picture's name and a caption")
                continue
            image, number, caption = found
            count = numbers[image] = numbers.get(image, -1) + 1
            identity = f"{printable(image)}#{count if number is None else number}"
            if identity in seen:
                yield RawReject(identity, place, "DUP_ID", "an earlier line has the same picture and number")
                continue
            seen.add(identity)
            yield from pictures.record(identity, image, caption, place, splits.get(image))
        yield from self._listing.problems()
        yield from pictures.leftover()

    def _splits(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in self._listing.files:
            match = _SPLIT_FILE.match(name)
            split = split_of(match[2]) if match else None
            if split:
                found |= {line.strip(): split for _, line in _lines(self._listing, name) if line.strip()}
        return found


def _parse(line: str) -> tuple[str, str | None, str] | None:
    """Picture, number (if the line has one) and caption."""
    if line in _HEADERS:
        return None
    match = _TOKEN.fullmatch(line) or _PIPED.fullmatch(line)
    if match:
        return match["image"].strip(), match["number"], match["caption"]
    match = _COMMA.fullmatch(line)
    if not match:
        return None
    caption = match["caption"]
    if caption.startswith('"') and caption.endswith('"'):
        cells = next(csv.reader([line]), [])
        caption = cells[1] if len(cells) == 2 else caption
    return match["image"], None, caption


def _lines(listing: Listing, name: str) -> Iterator[tuple[int, str]]:
    with (listing.root / name).open(encoding="utf-8-sig", errors="backslashreplace", newline="\n") as handle:
        number = 0
        while line := handle.readline(_MAX_LINE):
            number += 1
            yield number, line.rstrip("\r\n")


def _table(listing: Listing) -> str | None:
    """The table of captions; the lemmatised twin of Flickr8k only if it is alone."""
    found = []
    for name in listing.files:
        base = name.rpartition("/")[2].lower()
        if base.endswith((".token", ".token.txt")) or base in ("captions.txt", "results.csv"):
            first = listing.head(name, _MAX_LINE).partition(b"\n")[0].decode("utf-8-sig", "backslashreplace").rstrip("\r")
            if _TOKEN.fullmatch(first) or first in _HEADERS:
                found.append(name)
    return min(found, key=lambda name: ("lemma" in name.lower(), name), default=None)
