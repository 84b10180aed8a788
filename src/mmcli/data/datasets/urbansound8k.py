"""UrbanSound8K: clips in ten folds, and `metadata/UrbanSound8K.csv`; the published folds are kept."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmcli.data.datasets.base import About, Found, Importer, Item, Media, csv_table
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Tree
from mmcli.data.layouts.base import RawReject

_FILE = re.compile(r"(?:.*/)?audio/fold(10|[1-9])/(\d+-\d+-\d+-\d+\.wav)$")
_SPLITS = {"9": "val", "10": "test"}  # the other folds train
_TABLE = "UrbanSound8K.csv"

ABOUT = About(
    "UrbanSound8K",
    "New York University: J. Salamon, C. Jacoby and J. P. Bello, A Dataset and Taxonomy for Urban Sound Research",
    "CC BY-NC 4.0",
    {"class": "text", "sound": "audio"},
    "audio/fold1/7061-6-0-0.wav and so on, and metadata/UrbanSound8K.csv",
    {"train": 7_079, "val": 816, "test": 837},
)


def items(tree: Tree, config: ImportConfig) -> Iterator[Found]:
    """Records of the clips; the fold is the group, because clips of one recording share a fold."""
    rows = {row.get("slice_file_name") or "": row for row in csv_table(tree, _TABLE, "slice_file_name", "fold", "class")}
    for member in tree.stream(lambda name: bool(_FILE.match(name))):
        match = _FILE.match(member.name)
        fold, name = match.groups() if match else ("", "")
        row = rows.pop(name, None)
        if row is None or not row.get("class") or row.get("fold") != fold:
            yield RawReject(name, member.name, "UNPAIRED", f"{_TABLE} has no row for it in this fold")
            continue
        category = row["class"]
        fields: dict[str, str | Media] = {"class": category.replace("_", " "), "sound": Media(member.read(), ".wav")}
        yield Item(name.removesuffix(".wav"), fields, category, _SPLITS.get(fold, "train"), f"fold{fold}")
    for name in rows:
        yield RawReject(name, f"{_TABLE}: {name}", "NOT_FOUND", "no such file in audio/")


IMPORTERS = {"urbansound8k": Importer(ABOUT, items)}
