"""COCO captions and Flickr8k or 30k: images with several captions each; every image is copied once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.datasets.base import About, Found, Importer, Item, Media, image_suffix
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Tree
from mmcli.data.layouts.base import RawField, RawReject
from mmcli.data.layouts.folder import read_raw
from mmcli.modalities.base import Reject
from mmcli.modalities.files import read_bytes

_MAX_BYTES = 2**28


def _items(layout: str, expects: str, tree: Tree, config: ImportConfig) -> Iterator[Found]:
    if not tree.source.is_dir():
        fix = "unpack captions and images into one folder and give that folder"
        raise InputError("captions and images are read from a folder, but this is a file", visible(tree.source), fix)
    folder = read_raw(tree.source, layout=layout)
    try:
        folder.fields  # noqa: B018 - accessing the fields inspects the folder
    except InputError as error:
        raise InputError(error.what, error.where, f"it must contain {expects}") from None
    images = _Images()
    for record in folder.records():
        if isinstance(record, RawReject):
            yield record
            continue
        fields: dict[str, str | Media] = {}
        for name, field in record.fields.items():
            try:
                fields[name] = images.medium(field, record.group or record.id) if field.text is None else field.text
            except Reject as problem:
                yield RawReject(record.id, field.source, problem.code, problem.message)
        if fields:
            place = next((field.source for field in record.fields.values() if field.text is not None), "")
            yield Item(record.id, fields, record.label, record.split, record.group, place=place)


class _Images:
    """Reads images; captions of one image are adjacent, so only the last image is cached."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._data = b""

    def medium(self, field: RawField, name: str) -> Media:
        """Read an image under a key that all its captions share; raises `Reject`."""
        if field.path is None:
            raise Reject("IMG_UNIDENTIFIED", "no such file")
        if field.path != self._path:
            self._data = read_bytes(field.path, _MAX_BYTES, "IMG_TOO_LARGE")
            self._path = field.path
        key = name.removesuffix(PurePosixPath(field.source).suffix)
        return Media(self._data, image_suffix(self._data, "the file"), key=key)


_FIELDS = {"caption": "text", "image": "image"}
_COCO = About(
    "COCO captions",
    "COCO Consortium: X. Chen et al., Microsoft COCO Captions: Data Collection and Evaluation Server",
    "CC BY 4.0 (captions); Flickr terms of use (images)",
    _FIELDS,
    "annotations/captions_train2017.json and train2017/000000000009.jpg, and so on",
)
_TERMS = "research and education only; Flickr terms of use (images)"
_FLICKR8K = About(
    "Flickr8k",
    "University of Illinois: M. Hodosh, P. Young and J. Hockenmaier, Framing Image Description as a Ranking Task",
    _TERMS,
    _FIELDS,
    "Flickr8k.token.txt (or captions.txt) and the folder Flicker8k_Dataset",
)
_FLICKR30K = About(
    "Flickr30k",
    "University of Illinois: P. Young et al., From Image Descriptions to Visual Denotations",
    _TERMS,
    _FIELDS,
    "results_20130124.token (or results.csv) and the folder of images",
)
IMPORTERS = {
    "coco-captions": Importer(_COCO, partial(_items, "coco", _COCO.expects)),
    "flickr30k": Importer(_FLICKR30K, partial(_items, "flickr", _FLICKR30K.expects)),
    "flickr8k": Importer(_FLICKR8K, partial(_items, "flickr", _FLICKR8K.expects)),
}
