"""IMDb reviews: `aclImdb/{train,test}/{pos,neg}/<id>_<rating>.txt`, and `train/unsup`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmcli.data.datasets.base import About, Found, Importer, Item, LeftOut, text_item
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Tree
from mmcli.data.layouts.base import RawReject
from mmcli.modalities.base import Reject

_FILE = re.compile(r"(?:.*/)?(train|test)/(pos|neg|unsup)/(\d+)_(\d+)\.txt$")

ABOUT = About(
    "IMDb reviews (Large Movie Review Dataset 1.0)",
    "Stanford: A. L. Maas et al., Learning Word Vectors for Sentiment Analysis",
    "none stated by the publisher; cite the paper",
    {"review": "text"},
    "aclImdb/train/pos/0_9.txt and so on",
    {"train": 25_000, "test": 25_000},
)


def items(tree: Tree, config: ImportConfig) -> Iterator[Found]:
    """Records of the reviews; the id includes the folder, because numbers repeat."""
    for member in tree.stream(lambda name: bool(_FILE.match(name))):
        match = _FILE.match(member.name)
        if not match:
            continue
        split, folder, number, rating = match.groups()
        if folder == "unsup" and not config.unlabelled:
            yield LeftOut("a review without a label (include them with --unlabelled)")
            continue
        identity = f"{split}-{folder}-{number}_{rating}"
        try:
            text = text_item(member)
        except Reject as problem:
            yield RawReject(identity, member.name, problem.code, problem.message)
            continue
        label = None if folder == "unsup" else folder
        yield Item(identity, {"review": text}, label, split, extra={"meta_rating": int(rating)} if label else {})


IMPORTERS = {"imdb": Importer(ABOUT, items, ("unlabelled",))}
