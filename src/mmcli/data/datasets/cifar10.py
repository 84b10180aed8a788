"""CIFAR-10, the Python version (pickles, read without running them) or the binary one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.datasets import safe_pickle
from mmcli.data.datasets.base import About, Found, Importer, Item, Media, small_file
from mmcli.data.datasets.mnist import png_bytes
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import Member, Tree

_BATCH = re.compile(r"(?:.*/)?(data_batch_\d|test_batch)(\.bin)?$")
_CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_PIXELS = 3 * 32 * 32

ABOUT = About(
    "CIFAR-10",
    "A. Krizhevsky, Learning Multiple Layers of Features from Tiny Images",
    "none stated by the publisher; cite the report",
    {"class": "text", "image": "image"},
    "cifar-10-batches-py/data_batch_1 ... test_batch, or cifar-10-batches-bin/*.bin",
    {"train": 50_000, "test": 10_000},
)


def items(tree: Tree, config: ImportConfig) -> Iterator[Found]:
    """Records of the batches; planar RGB becomes PNG."""
    names = _class_names(tree)
    for member in tree.stream(lambda name: bool(_BATCH.match(name))):
        batch = member.name.rpartition("/")[2].removesuffix(".bin")
        pixels, labels = _binary(member) if member.name.endswith(".bin") else _pickled(member)
        split = "test" if batch.startswith("test") else "train"
        for number, (image, label) in enumerate(zip(pixels, labels, strict=True)):
            if not 0 <= label < len(names):
                raise InputError(f"invalid label {label}", visible(member.name), "download it again from its publisher")
            medium = Media(png_bytes(image.reshape(3, 32, 32).transpose(1, 2, 0)), ".png")
            yield Item(f"{batch}-{number:05d}", {"class": names[label], "image": medium}, names[label], split)


def _class_names(tree: Tree) -> tuple[str, ...]:
    data = small_file(tree, "batches.meta")
    if data is not None:
        body = safe_pickle.load(data, "batches.meta")
        names = body.get(b"label_names", body.get("label_names")) if isinstance(body, dict) else None
        if isinstance(names, list) and names:
            return tuple(name.decode("latin-1") if isinstance(name, bytes) else str(name) for name in names)
    text = small_file(tree, "batches.meta.txt")
    return tuple(text.decode("latin-1").split()) if text else _CLASSES


def _pickled(member: Member) -> tuple[npt.NDArray[np.uint8], list[int]]:
    body: Any = safe_pickle.load(member.read(), visible(member.name))
    if not isinstance(body, dict):
        body = {}
    pixels, labels = body.get(b"data", body.get("data")), body.get(b"labels", body.get("labels"))
    good = isinstance(pixels, np.ndarray) and pixels.dtype == np.uint8 and pixels.ndim == 2 and pixels.shape[1] == _PIXELS
    if not good or not isinstance(labels, list) or len(labels) != len(pixels) or not all(isinstance(label, int) for label in labels):
        raise InputError("not a batch of CIFAR-10", visible(member.name), "download it again from its publisher")
    return pixels, labels


def _binary(member: Member) -> tuple[npt.NDArray[np.uint8], list[int]]:
    data = member.read()
    if not data or len(data) % (1 + _PIXELS):
        raise InputError("the file's size is not a multiple of 3,073 bytes", visible(member.name), "download it again from its publisher")
    rows = np.frombuffer(data, dtype=np.uint8).reshape(-1, 1 + _PIXELS)
    return rows[:, 1:], rows[:, 0].tolist()


IMPORTERS = {"cifar10": Importer(ABOUT, items)}
