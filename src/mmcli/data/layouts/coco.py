"""COCO captions: one JSON document per split with `images` and `annotations`.

One record per annotation. A listed image without a caption is a record of its own.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import Any, ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts import json_array
from mmcli.data.layouts.base import RawRecord, RawReject, printable, split_in
from mmcli.data.layouts.captioned import Images
from mmcli.data.layouts.encodings import encoding_of
from mmcli.data.layouts.layout import Layout
from mmcli.data.layouts.listing import Listing

_MAX_ID = 200
_KEYS = re.compile(rb'"(images|annotations)"\s*:\s*\[')


class CocoCaptions(Layout):
    """Reader of the layout."""

    name: ClassVar[str] = "coco"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether a JSON document at the top level or in `annotations/` contains captions."""
        return bool(_documents(listing))

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing)
        self._documents = _documents(listing)
        if not self._documents:
            raise _no_document(listing)
        self._has_images = bool(Images(listing))

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return {"caption": "text", "image": "image"} if self._has_images else {"caption": "text"}

    def records(self) -> Iterator[RawRecord | RawReject]:
        """One record per caption, then the images that no caption names."""
        images = Images(self._listing)
        for document in self._documents:
            yield from self._document(document, images)
        yield from self._listing.problems()
        yield from images.leftover()

    def _document(self, document: str, images: Images) -> Iterator[RawRecord | RawReject]:
        place, where = printable(document), visible(self._listing.root / document)
        split = split_in(document)
        encoding = encoding_of(self._listing.head(document, 4), self._listing.choice.encoding)
        text = json_array.read_text(self._listing.root / document, encoding)
        files: dict[str, str] = {}
        for number, item in enumerate(json_array.items(text, "images", where)):
            row = f"{place} images[{number}]"
            if not _is_image(item):
                yield RawReject(row, row, "ROW_INVALID", "not an image with id and file_name")
            elif files.setdefault(str(item["id"]), item["file_name"]) != item["file_name"]:
                yield RawReject(str(item["id"]), row, "DUP_ID", "an earlier image has the same id")
        bare = set(files)
        seen: set[str] = set()
        for number, item in enumerate(json_array.items(text, "annotations", where)):
            row = f"{place} annotations[{number}]"
            if not _is_annotation(item):
                yield RawReject(row, row, "ROW_INVALID", "not an annotation with id, image_id and caption")
                continue
            identity, image = str(item["id"]), str(item["image_id"])
            if image not in files:
                yield RawReject(row, row, "NOT_FOUND", f"no image has the id {visible(image, 40)}")
                continue
            if identity in seen:
                yield RawReject(identity, row, "DUP_ID", "an earlier annotation has the same id")
                continue
            seen.add(identity)
            bare.discard(image)
            yield from images.record(f"{image}#{identity}", files[image], item["caption"], row, split)
        if images:
            for identity in sorted(bare):
                yield from images.record(identity, files[identity], None, place, split)


def _is_image(item: Any) -> bool:
    return isinstance(item, dict) and _is_id(item.get("id")) and isinstance(item.get("file_name"), str)


def _is_annotation(item: Any) -> bool:
    return isinstance(item, dict) and all(_is_id(item.get(key)) for key in ("id", "image_id")) and isinstance(item.get("caption"), str)


def _is_id(value: Any) -> bool:
    """Whether the value is a number or a string of acceptable length; some tools write numbers as strings."""
    return isinstance(value, int | str) and not isinstance(value, bool) and 0 < len(str(value)) <= _MAX_ID


def _documents(listing: Listing) -> list[str]:
    return [name for name in listing.likely(_candidates(listing), "captions") if _looks_like_captions(listing, name)]


def _candidates(listing: Listing) -> list[str]:
    return [name for name in listing.files if name.rpartition("/")[0] in ("", "annotations") and name.lower().endswith(".json")]


def _looks_like_captions(listing: Listing, name: str) -> bool:
    head = listing.head(name)
    if not head.lstrip(codecs.BOM_UTF8 + b" \t\r\n").startswith(b"{") or not _KEYS.search(head):
        return False
    return _is_named_so(name) or b'"caption"' in head


def _is_named_so(name: str) -> bool:
    return name.rpartition("/")[2].startswith("captions")


def _no_document(listing: Listing) -> InputError:
    named = next(filter(_is_named_so, _candidates(listing)), None)
    if named is None:
        return InputError("the folder has no captions_*.json", visible(listing.root), "choose another --format")
    what = "the document of captions is " + ("not a JSON object with images and annotations" if listing.files[named][0] else "empty")
    return InputError(what, visible(listing.root / named), "download it again, or choose another --format")
