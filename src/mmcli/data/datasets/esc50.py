"""ESC-50: `audio/<fold>-<clip>-<take>-<target>.wav` and `meta/esc50.csv`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mmcli.data.datasets.base import About, Found, Importer, Item, Media, csv_table
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Tree
from mmcli.data.layouts.base import RawReject

_FILE = re.compile(r"(?:.*/)?audio/([1-5]-[^/]+\.wav)$")
_SPLITS = {"4": "val", "5": "test"}  # the other folds train

ABOUT = About(
    "ESC-50",
    "K. J. Piczak, ESC: Dataset for Environmental Sound Classification",
    "CC BY-NC 3.0",
    {"class": "text", "sound": "audio"},
    "audio/1-100032-A-0.wav and so on, and meta/esc50.csv",
    {"train": 1_200, "val": 400, "test": 400},
)


def items(tree: Tree, config: ImportConfig) -> Iterator[Found]:
    """Records of the clips; the published folds become groups."""
    rows = {row.get("filename") or "": row for row in csv_table(tree, "meta/esc50.csv", "filename", "fold", "category")}
    for member in tree.stream(lambda name: bool(_FILE.match(name))):
        name = member.name.rpartition("/")[2]
        row = rows.pop(name, None)
        if row is None or not row.get("category") or not row.get("fold"):
            yield RawReject(name, member.name, "UNPAIRED", "meta/esc50.csv has no complete row for it")
            continue
        fold, category = row["fold"], row["category"]
        fields: dict[str, str | Media] = {"class": category.replace("_", " "), "sound": Media(member.read(), ".wav")}
        yield Item(name.removesuffix(".wav"), fields, category, _SPLITS.get(fold, "train"), f"fold{fold}")
    for name in rows:
        yield RawReject(name, f"meta/esc50.csv: {name}", "NOT_FOUND", "no such file in audio/")


IMPORTERS = {"esc50": Importer(ABOUT, items)}
