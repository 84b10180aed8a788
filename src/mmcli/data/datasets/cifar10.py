"""CIFAR-10, the binary version.

The Python version consists of pickles, which can run code when they are loaded; it is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from mmcli.core.display import visible
from mmcli.core.errors import InputError, SafetyError
from mmcli.data.datasets.base import About, Found, Importer, Item, Media, small_file
from mmcli.data.datasets.mnist import png_bytes
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Member, Tree

_BATCH = re.compile(r"(?:.*/)?(?P<name>data_batch_\d|test_batch)(?P<binary>\.bin)?$")
_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_PIXELS = 3 * 32 * 32
_PICKLED = "a batch of the Python version of CIFAR-10 is a pickle, which can run code when it is loaded"
_BINARY = "download the binary version from the same page of the publisher (cifar-10-binary.tar.gz) and give that instead"

ABOUT = About(
    "CIFAR-10",
    "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images",
    "none stated by the publisher; cite the report",
    {"class": "text", "image": "image"},
    "cifar-10-batches-bin/data_batch_1.bin ... test_batch.bin (the binary version)",
    {"train": 50_000, "test": 10_000},
)


def items(tree: Tree, config: ImportConfig) -> Iterator[Found]:
    """Records of the batches; planar RGB becomes PNG.

    Raises:
        SafetyError: A batch is a pickle, and its binary form is missing.
    """
    names = _class_names(tree)
    pickled, read = dict[str, str](), set[str]()
    for member in tree.stream(lambda name: bool(_BATCH.match(name))):
        match = _BATCH.match(member.name)
        assert match is not None
        batch = match["name"]
        if not match["binary"]:
            pickled[batch] = member.name
            continue
        read.add(batch)
        split = "test" if batch.startswith("test") else "train"
        for number, (image, label) in enumerate(zip(*_binary(member), strict=True)):
            if not 0 <= label < len(names):
                raise InputError(f"invalid label {label}", visible(member.name), "download it again from its publisher")
            medium = Media(png_bytes(image.reshape(3, 32, 32).transpose(1, 2, 0)), ".png")
            yield Item(f"{batch}-{number:05d}", {"class": names[label], "image": medium}, names[label], split)
    for batch in sorted(pickled.keys() - read):
        raise SafetyError(_PICKLED, visible(pickled[batch]), _BINARY)


def _class_names(tree: Tree) -> tuple[str, ...]:
    text = small_file(tree, "batches.meta.txt")
    return tuple(text.decode("latin-1").split()) if text else _CLASSES


def _binary(member: Member) -> tuple[npt.NDArray[np.uint8], list[int]]:
    data = member.read()
    if not data or len(data) % (1 + _PIXELS):
        raise InputError("the file's size is not a multiple of 3,073 bytes", visible(member.name), "download it again from its publisher")
    rows = np.frombuffer(data, dtype=np.uint8).reshape(-1, 1 + _PIXELS)
    return rows[:, 1:], rows[:, 0].tolist()


IMPORTERS = {"cifar10": Importer(ABOUT, items)}
