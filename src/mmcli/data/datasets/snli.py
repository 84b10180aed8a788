"""SNLI 1.0: pairs of sentences, from the JSON lines or from the tab-separated tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from mmcli.artifacts import jsonio
from mmcli.data.datasets.base import About, Found, Importer, Item, LeftOut
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Member, Tree
from mmcli.data.layouts.base import RawReject, split_of

_FILE = re.compile(r"(?:.*/)?snli_1\.0_(train|dev|test)\.(jsonl|txt)$")
_COLUMNS = ("gold_label", "sentence1", "sentence2", "captionID", "pairID")

ABOUT = About(
    "SNLI 1.0",
    "Stanford: S. R. Bowman et al., A large annotated corpus for learning natural language inference",
    "CC BY-SA 4.0",
    {"premise": "text", "hypothesis": "text"},
    "snli_1.0_train.jsonl (or .txt), snli_1.0_dev.jsonl, snli_1.0_test.jsonl",
    {"train": 550_152, "val": 10_000, "test": 10_000},
)


def items(tree: Tree, config: ImportConfig) -> Iterator[Found]:
    """Records of the pairs; the group is the image that the premise describes."""
    names = [member.name for member in tree.stream(lambda name: bool(_FILE.match(name)))]
    kind = ".jsonl" if any(name.endswith(".jsonl") for name in names) else ".txt"
    for member in tree.stream(lambda name: bool(_FILE.match(name)) and name.endswith(kind)):
        match = _FILE.match(member.name)
        split = split_of(match[1]) if match else None
        for number, row in _rows(member):
            yield _item(row, f"{member.name}:{number}", split)


def _item(row: Any, place: str, split: str | None) -> Found:
    values = [value for column in _COLUMNS if isinstance(value := row.get(column), str) and value] if isinstance(row, dict) else []
    if len(values) != len(_COLUMNS):
        return RawReject(place, place, "ROW_INVALID", f"not a row with {', '.join(_COLUMNS)}")
    label, premise, hypothesis, caption_id, pair_id = values
    if label == "-":
        return LeftOut("a pair without a consensus label")
    fields: dict[str, Any] = {"premise": premise, "hypothesis": hypothesis}
    return Item(pair_id, fields, label, split, caption_id.partition("#")[0], {"meta_caption_id": caption_id})


def _rows(member: Member) -> Iterator[tuple[int, Any]]:
    header: list[str] = []
    for number, line in enumerate(member.lines(), 1):
        if member.name.endswith(".txt"):
            cells = line.decode("utf-8", "replace").split("\t")  # nothing is quoted
            if number == 1:
                header = cells
            else:
                yield number, dict(zip(header, cells, strict=False))
        elif line:
            try:
                yield number, jsonio.loads(line)
            except jsonio.JsonError:
                yield number, None


IMPORTERS = {"snli": Importer(ABOUT, items)}
