"""COCO captions: one JSON document per split with `images` and `annotations`.

A record per annotation. A picture that is listed but has no caption is a record of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from mmcli.display import visible
from mmcli.errors import InputError
from mmcli.sources import json_array
from mmcli.sources.base import RawRecord, RawReject, printable, split_of
from mmcli.sources.captioned import Pictures
from mmcli.sources.listing import Listing

_KEYS = re.compile(rb'"(images|annotations)"\s*:\s*\[')


class CocoCaptions:
    """Reader of the layout."""

    name: ClassVar[str] = "coco"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether a JSON document at the top or in `annotations/` looks like captions."""
        return bool(_documents(listing))

    def __init__(self, listing: Listing) -> None:
        self._listing, self._documents = listing, _documents(listing)
        if not self._documents:
            raise InputError("the folder has no captions_*.json", visible(listing.root), "choose another --format")
        self._has_pictures = bool(Pictures(listing))

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return {"caption": "text", "image": "image"} if self._has_pictures else {"caption": "text"}

    def records(self) -> Iterator[RawRecord | RawReject]:
        """A record per caption, then the pictures that nothing names."""
        pictures = Pictures(self._listing)
        for document in self._documents:
            yield from self._document(document, pictures)
        yield from self._listing.problems()
        yield from pictures.leftover()

    def _document(self, document: str, pictures: Pictures) -> Iterator[RawRecord | RawReject]:
        place, where = printable(document), visible(self._listing.root / document)
        split = split_in(document)
        text = json_array.read_text(self._listing.root / document)
        files = {i["id"]: i["file_name"] for i in json_array.items(text, "images", where) if _is_image(i)}
        bare = set(files)
        seen: set[Any] = set()
        for number, item in enumerate(json_array.items(text, "annotations", where), 1):
            row = f"{place} annotations[{number - 1}]"
            if not _is_annotation(item):
                yield RawReject(row, row, "ROW_INVALID", "not an annotation with id, image_id and caption")
                continue
            if item["image_id"] not in files:
                yield RawReject(row, row, "NOT_FOUND", f"the images have none with the image_id {visible(item['image_id'], 40)}")
                continue
            if item["id"] in seen:
                yield RawReject(str(item["id"]), row, "DUP_ID", "an earlier annotation has the same id")
                continue
            seen.add(item["id"])
            bare.discard(item["image_id"])
            yield from pictures.record(f"{item['image_id']}#{item['id']}", files[item["image_id"]], item["caption"], row, split)
        if pictures:
            for identity in sorted(bare, key=str):
                yield from pictures.record(str(identity), files[identity], None, place, split)


def _is_image(item: Any) -> bool:
    return isinstance(item, dict) and isinstance(item.get("id"), int | str) and isinstance(item.get("file_name"), str)


def _is_annotation(item: Any) -> bool:
    ids = isinstance(item, dict) and all(isinstance(item.get(key), int | str) for key in ("id", "image_id"))
    return ids and isinstance(item.get("caption"), str)


def split_in(name: str) -> str | None:
    """Split that a file's name speaks of, as in `captions_train2017.json`."""
    words = re.split(r"[^a-z]+", name.rpartition("/")[2].lower())
    return next((found for word in words if (found := split_of(word))), None)


def _documents(listing: Listing) -> list[str]:
    names = [name for name in listing.files if name.rpartition("/")[0] in ("", "annotations") and name.lower().endswith(".json")]
    return [name for name in listing.likely(names, "captions") if _looks_like_captions(listing, name)]


def _looks_like_captions(listing: Listing, name: str) -> bool:
    head = listing.head(name)
    if not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") or not _KEYS.search(head):
        return False
    return name.rpartition("/")[2].startswith("captions") or b'"caption"' in head
