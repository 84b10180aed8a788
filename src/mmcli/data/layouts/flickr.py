r"""Flickr8k and Flickr30k: `<img>.jpg#<0-4>` TAB caption, or the tables distributed by Kaggle.

Images may be in any folder (the publisher spells it `Flicker8k_Dataset`); files such as
`Flickr_8k.trainImages.txt` list the images of a split.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.base import RawRecord, RawReject, printable, split_of
from mmcli.data.layouts.captioned import Images
from mmcli.data.layouts.encodings import encoding_of, not_in
from mmcli.data.layouts.layout import Layout
from mmcli.data.layouts.listing import Listing

_TOKEN = re.compile(r"(?P<image>[^\t#]+\.\w+)#(?P<number>\d{1,9})\t(?P<caption>.*)")
_PIPED = re.compile(r"(?P<image>[^|]+?)\|\s*(?P<number>\d{1,9})\s*\|(?P<caption>.*)")
_COMMA = re.compile(r"(?P<image>[^,]+\.\w+),(?P<caption>.*)")
_SPLIT_FILE = re.compile(r"(?i)(.*[._/])?(train|dev|val|test)images\.txt$")
_HEADERS = ("image,caption", "image_name| comment_number| comment", "image_name|comment_number|comment")
_MAX_LINE = 2**16
_LOOKED_AT = 20  # lines


class Flickr(Layout):
    """Reader of the layout."""

    name: ClassVar[str] = "flickr"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether there is a table of captions."""
        return _table(listing) is not None

    def __init__(self, listing: Listing) -> None:
        table = _table(listing)
        if table is None:
            raise _no_table(listing)
        super().__init__(listing)
        self._table = table
        self._has_images = bool(Images(listing))

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return {"caption": "text", "image": "image"} if self._has_images else {"caption": "text"}

    def records(self) -> Iterator[RawRecord | RawReject]:
        """One record per caption, then the images without one."""
        images, splits = Images(self._listing), self._splits()
        numbers: dict[str, int] = {}
        seen: set[str] = set()
        for line_number, line in _lines(self._listing, self._table):
            place = f"{printable(self._table)}:{line_number}"
            found = _parse(line) if line is not None else None
            if found is None:
                if line is None:
                    yield RawReject(place, place, "ROW_INVALID", f"the line is longer than {_MAX_LINE:,} characters")
                elif line.strip() and line not in _HEADERS:
                    yield RawReject(place, place, "ROW_INVALID", "not an image name and a caption")
                continue
            image, number, caption = found
            count = numbers[image] = numbers.get(image, -1) + 1
            identity = f"{printable(image)}#{count if number is None else number}"
            if identity in seen:
                yield RawReject(identity, place, "DUP_ID", "an earlier line has the same image and number")
                continue
            seen.add(identity)
            yield from images.record(identity, image, caption, place, splits[image][0] if image in splits else None)
        yield from self._problems_of_splits(splits, numbers)
        yield from self._listing.problems()
        yield from images.leftover()

    def _splits(self) -> dict[str, tuple[str, str]]:
        """Split of each image that a split file lists, and the line that lists it."""
        found: dict[str, tuple[str, str]] = {}
        for split, image, place in self._split_lines():
            found.setdefault(image, (split, place))
        return found

    def _split_lines(self) -> Iterator[tuple[str, str, str]]:
        for name in self._listing.files:
            match = _SPLIT_FILE.match(name)
            split = split_of(match[2]) if match else None
            if split is None:
                continue
            for number, line in _lines(self._listing, name):
                if line and line.strip():
                    yield split, line.strip(), f"{printable(name)}:{number}"

    def _problems_of_splits(self, splits: dict[str, tuple[str, str]], captioned: Collection[str]) -> Iterator[RawReject]:
        for split, image, place in self._split_lines():
            first, earlier = splits[image]
            if split != first:
                yield RawReject(
                    printable(image), place, "ROW_INVALID", f"{earlier} already assigns this image to the split {first}, which is kept"
                )
            elif image not in captioned:
                yield RawReject(printable(image), place, "UNPAIRED", "no caption names this image")


def _parse(line: str) -> tuple[str, str | None, str] | None:
    """Image, number (if the line has one) and caption."""
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


def _lines(listing: Listing, name: str) -> Iterator[tuple[int, str | None]]:
    """Lines with their numbers, with bytes that are not in the encoding as surrogates; None for a line that is too long."""
    encoding = encoding_of(listing.head(name, 4), listing.choice.encoding)
    try:
        with (listing.root / name).open(encoding=encoding, errors="surrogateescape", newline="\n") as handle:
            number = 0
            while line := handle.readline(_MAX_LINE):
                number += 1
                if len(line) < _MAX_LINE or line.endswith("\n"):
                    yield number, line.rstrip("\r\n")
                    continue
                while line and not line.endswith("\n"):
                    line = handle.readline(_MAX_LINE)
                yield number, None
    except UnicodeError:  # UTF-16 that is cut off
        raise not_in(encoding, visible(listing.root / name)) from None


def _candidates(listing: Listing) -> list[str]:
    """Files whose names are those of caption tables."""
    bases = {name: name.rpartition("/")[2].lower() for name in listing.files}
    return [name for name, base in bases.items() if base.endswith((".token", ".token.txt")) or base in ("captions.txt", "results.csv")]


def _table(listing: Listing) -> str | None:
    """The table of captions; the lemmatised one of Flickr8k only if there is no other."""
    found = [name for name in _candidates(listing) if any(map(_begins, _head(listing, name)))]
    return min(found, key=lambda name: ("lemma" in name.lower(), name), default=None)


def _head(listing: Listing, name: str) -> list[str]:
    head = listing.head(name, _MAX_LINE)
    text = head.decode(encoding_of(head, listing.choice.encoding), "replace")
    return [line.rstrip("\r") for line in text.split("\n")[:_LOOKED_AT]]


def _begins(line: str) -> bool:
    """Whether a line can occur near the top of a caption table but not in other files."""
    return _TOKEN.fullmatch(line) is not None or line in _HEADERS


def _no_table(listing: Listing) -> InputError:
    names = _candidates(listing)
    if not names:
        return InputError("the folder has no *.token.txt, captions.txt or results.csv", visible(listing.root), "choose another --format")
    if "\0" in "".join(_head(listing, names[0])):
        what = "the table of captions is not UTF-8 text"
    elif not listing.files[names[0]][0]:
        what = "the table of captions is empty"
    else:
        what = "the table of captions starts neither with a known header nor with an image name, #, a number, a tab and a caption"
    return InputError(what, visible(listing.root / names[0]), "download it again, or choose another --format")
