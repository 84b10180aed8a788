"""COCO captions and Flickr8k or 30k: pictures with several captions each, every picture copied once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import PurePosixPath

from mmcli.config import ImportConfig
from mmcli.display import visible
from mmcli.errors import InputError
from mmcli.importers.base import About, Found, Importer, Item, Media
from mmcli.sources.archives import Tree
from mmcli.sources.base import RawReject
from mmcli.sources.folder import read_raw

_MAX_BYTES = 2**28


def _items(layout: str, expects: str, tree: Tree, config: ImportConfig) -> Iterator[Found]:
    if not tree.source.is_dir():
        raise InputError("captions and pictures come in several archives", visible(tree.source), "unpack them into one folder and give it")
    folder = read_raw(tree.source, layout=layout)
    try:
        folder.fields  # noqa: B018 - asking for the fields is what looks at the folder
    except InputError as error:
        raise InputError(error.what, error.where, f"it must hold {expects}") from None
    for record in folder.records():
        if isinstance(record, RawReject):
            yield record
            continue
        fields: dict[str, str | Media] = {}
        for name, field in record.fields.items():
            if field.text is not None:
                fields[name] = field.text
            elif field.path is not None:
                if field.path.stat().st_size > _MAX_BYTES:
                    yield RawReject(record.id, field.source, "IMG_TOO_LARGE", f"more than {_MAX_BYTES:,} bytes")
                    continue
                suffix = PurePosixPath(field.source).suffix.lower()
                fields[name] = Media(field.path.read_bytes(), suffix, key=(record.group or record.id).removesuffix(suffix))
        if fields:
            yield Item(record.id, fields, record.label, record.split, record.group)


_FIELDS = {"caption": "text", "image": "image"}
_COCO = About(
    "COCO captions",
    "COCO Consortium: X. Chen et al., Microsoft COCO Captions: Data Collection and Evaluation Server",
    "CC BY 4.0 (captions); Flickr terms of use (pictures)",
    _FIELDS,
    "annotations/captions_train2017.json and train2017/000000000009.jpg, and so on",
)
_TERMS = "research and education only; Flickr terms of use (pictures)"
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
    "results_20130124.token (or results.csv) and the folder of pictures",
)
IMPORTERS = {
    "coco-captions": Importer(_COCO, partial(_items, "coco", _COCO.expects)),
    "flickr30k": Importer(_FLICKR30K, partial(_items, "flickr", _FLICKR30K.expects)),
    "flickr8k": Importer(_FLICKR8K, partial(_items, "flickr", _FLICKR8K.expects)),
}
