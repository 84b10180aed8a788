"""Plain text files, one record per line; `train.txt`, `dev.txt` and `test.txt` name their split."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from mmcli.data.datasets.base import About, Found, Importer, Item
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Tree
from mmcli.data.layouts.base import RawReject, printable, split_of

ABOUT = About("Plain lines", "not stated", "not stated", {"text": "text"}, "one or more .txt files, one text per line")


def items(tree: Tree, config: ImportConfig) -> Iterator[Found]:
    """Records of the non-empty lines."""
    for member in tree.stream(lambda name: name.lower().endswith(".txt")):
        stem = printable(member.name)[: -len(".txt")]
        split = next((found for word in re.split(r"[^a-z]+", stem.lower()) if (found := split_of(word))), None)
        for number, line in enumerate(member.lines(), 1):
            if not line.strip():
                continue
            identity = f"{stem}-{number:06d}"
            try:
                text = line.removeprefix(codecs.BOM_UTF8).decode("utf-8").strip()
            except UnicodeDecodeError:
                yield RawReject(identity, f"{printable(member.name)}:{number}", "TXT_ENCODING", "not UTF-8")
                continue
            yield Item(identity, {"text": text}, None, split)


IMPORTERS = {"lines": Importer(ABOUT, items)}
