"""ImageNet-1k: the publisher's tar files (streamed, including nested ones) or any common unpacked tree.

Labels of the validation images come from line k of the ground truth, as ILSVRC2012_ID of `meta.mat`
(which is not alphabetical), or from `LOC_val_solution.csv`.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.datasets.base import MAX_TEXT_BYTES, About, Found, Importer, Item, Media, image_suffix
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Member, Tree, corruption_named, tar_members
from mmcli.data.layouts.base import RawReject
from mmcli.modalities.base import Reject

_TRAIN = re.compile(r"(?:.*/)?(n\d{8})_\d+\.JPEG$")
_VAL = re.compile(r"(?:.*/)?ILSVRC2012_val_(\d{8})\.JPEG$")
_OUTER = re.compile(r"(?:.*/)?ILSVRC2012_(img_train|img_val|devkit_t12)\.tar(\.gz)?$")
_INNER = re.compile(r"(?:.*/)?n\d{8}\.tar$")
_TABLES = ("ILSVRC2012_validation_ground_truth.txt", "meta.mat", "LOC_synset_mapping.txt", "LOC_val_solution.csv")

ABOUT = About(
    "ImageNet-1k (ILSVRC 2012)",
    "ImageNet: O. Russakovsky et al., ImageNet Large Scale Visual Recognition Challenge",
    "ImageNet terms of access: non-commercial research and education",
    {"class": "text", "image": "image"},
    "ILSVRC2012_img_train.tar, ILSVRC2012_img_val.tar and ILSVRC2012_devkit_t12.tar.gz, or train/<wnid>/*.JPEG and val/*.JPEG",
    {"train": 1_281_167, "val": 50_000},
)


@dataclass
class _Classes:
    """Synset -> words; number of a validation image -> synset."""

    words: dict[str, str] = field(default_factory=dict)
    val: dict[int, str] = field(default_factory=dict)


def items(tree: Tree, config: ImportConfig) -> Iterator[Found]:
    """Records of the images; the label is the synset, its words are a text field."""
    tables = {member.name.rpartition("/")[2]: member.read(MAX_TEXT_BYTES) for member in _members(tree, _is_table)}
    classes = _read_classes(tables)
    for member in _members(tree, lambda name: bool(_TRAIN.match(name) or _VAL.match(name))):
        yield _item(member, classes)


def _is_table(name: str) -> bool:
    return name.rpartition("/")[2] in _TABLES


def _members(tree: Tree, select: Any) -> Iterator[Member]:
    """Selected files of the tree and of nested tar files."""
    for member in tree.stream(lambda name: select(name) or bool(_OUTER.match(name) or _INNER.match(name))):
        if select(member.name):
            yield member
        else:
            yield from _inside(tree, member, select)


def _inside(tree: Tree, outer: Member, select: Any) -> Iterator[Member]:
    with corruption_named(outer.name):
        for member in tar_members(outer.handle, tree.source, lambda name: select(name) or bool(_INNER.match(name)), outer.name):
            if select(member.name):
                yield member
            elif select is not _is_table:
                yield from tar_members(member.handle, tree.source, select, f"{outer.name}: {member.name}")


def _item(member: Member, classes: _Classes) -> Found:
    identity = member.name.rpartition("/")[2].removesuffix(".JPEG")
    match = _VAL.match(member.name)
    if match:
        parent = member.name.rpartition("/")[0].rpartition("/")[2]
        synset = classes.val.get(int(match[1])) or (parent if re.fullmatch(r"n\d{8}", parent) else "")
    else:
        synset = identity.partition("_")[0]
    if not synset:
        return RawReject(identity, member.name, "UNPAIRED", "no ground truth for it; provide ILSVRC2012_devkit_t12 or LOC_val_solution.csv")
    data = member.read()
    try:
        fields: dict[str, str | Media] = {"image": Media(data, image_suffix(data, member.name))}
    except Reject as problem:
        return RawReject(identity, member.name, problem.code, problem.message)
    if synset in classes.words:
        fields["class"] = classes.words[synset]
    return Item(identity, fields, synset, "val" if match else "train")


def _read_classes(tables: dict[str, bytes]) -> _Classes:
    classes = _Classes()
    if "LOC_synset_mapping.txt" in tables:
        lines = tables["LOC_synset_mapping.txt"].decode("utf-8", "replace").splitlines()
        classes.words = dict(line.split(" ", 1) for line in lines if " " in line)
    if "LOC_val_solution.csv" in tables:
        for match in re.finditer(r"(?m)^ILSVRC2012_val_(\d{8}),(n\d{8})", tables["LOC_val_solution.csv"].decode("utf-8", "replace")):
            classes.val[int(match[1])] = match[2]
    if "meta.mat" in tables:
        synsets = _read_meta(tables["meta.mat"])
        classes.words |= dict(synsets.values())
        truth = tables.get("ILSVRC2012_validation_ground_truth.txt", b"").split()
        for number, word in enumerate(truth, 1):
            if not word.isdigit() or int(word) not in synsets:
                raise InputError(
                    "the ground truth names a class that meta.mat lacks", f"line {number}", "download both again from the publisher"
                )
            classes.val[number] = synsets[int(word)][0]
    return classes


def _read_meta(data: bytes) -> dict[int, tuple[str, str]]:
    """ILSVRC2012_ID -> (synset, words)."""
    from scipy.io import loadmat

    try:
        rows = loadmat(io.BytesIO(data), squeeze_me=True)["synsets"]
        return {int(row["ILSVRC2012_ID"]): (str(row["WNID"]), str(row["words"])) for row in rows if int(row["num_children"]) == 0}
    except Exception as error:  # noqa: BLE001 - corrupted bytes make the parser raise any exception
        raise InputError(f"meta.mat cannot be read: {visible(error)}", "meta.mat", "download it again from the publisher") from None


IMPORTERS = {"imagenet": Importer(ABOUT, items)}
