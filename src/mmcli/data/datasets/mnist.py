"""MNIST and similar data sets: IDX files, plain or gzipped; images become PNG.

Every header must match the size of its file. EMNIST stores its images transposed.
"""

from __future__ import annotations

import gzip
import io
import re
import struct
from collections.abc import Iterator
from functools import partial
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.datasets.base import About, Ahead, Found, Importer, Item, Media, choose_variant
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.archives import MAX_READ_BYTES, Member, Tree, corruption_named

_FILE = re.compile(r"(?:.*/)?(?P<variant>.*?)-?(?P<part>train|t10k|test)-(?P<what>images|labels)[-.]idx[13]-ubyte(?:\.gz)?$")
_MAGIC = {"images": 0x0803, "labels": 0x0801}
_SPLITS = {"train": "train", "t10k": "test", "test": "test"}
_CLOTHES = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")
_KANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")

Pixels = npt.NDArray[np.uint8]


def _items(names: tuple[str, ...], transposed: bool, tree: Tree, config: ImportConfig) -> Iterator[Found]:
    variant = choose_variant({m["variant"] for m in _matches(tree)}, config.variant, tree)
    labels = {_part(member): _read(member, "labels") for member in _files(tree, "labels", variant)}
    with_images = {_part(member) for member in _files(tree, "images", variant)}
    for part in sorted(set(labels) - with_images):
        raise InputError(f"the {part} labels have no images", visible(tree.source), "give the folder that also contains the images")
    yield Ahead(sum(map(len, labels.values())))
    for member in _files(tree, "images", variant):
        part = _part(member)
        images = _read(member, "images")
        where = f"{visible(tree.source)}/{visible(member.name)}"
        if part not in labels:
            raise InputError(f"the {part} images have no labels", where, "give the folder that also contains the labels")
        if len(labels[part]) != len(images):
            raise InputError(
                f"{len(images):,} images but {len(labels[part]):,} labels", where, "download both files again from their publisher"
            )
        for number, (image, label) in enumerate(zip(images, labels[part].tolist(), strict=True)):
            pixels = image.T if transposed else image
            name = names[label] if label < len(names) else str(label)
            fields: dict[str, str | Media] = {"image": Media(png_bytes(pixels), ".png")}
            if names:
                fields["class"] = name
            yield Item(f"{part}-{number:05d}", fields, name, _SPLITS[part])


def png_bytes(pixels: Pixels) -> bytes:
    """Encode pixels `[H, W]` or `[H, W, 3]` as a PNG file."""
    from PIL import Image

    packed = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(packed, "PNG")
    return packed.getvalue()


def _matches(tree: Tree) -> Iterator[re.Match[str]]:
    for member in tree.stream(lambda name: bool(_FILE.match(name))):
        match = _FILE.match(member.name)
        if match:
            yield match


def _files(tree: Tree, what: str, variant: str) -> Iterator[Member]:
    def wanted(name: str) -> bool:
        match = _FILE.match(name)
        return match is not None and (match["what"], match["variant"]) == (what, variant)

    return tree.stream(wanted)


def _part(member: Member) -> str:
    match = _FILE.match(member.name)
    return match["part"] if match else ""


def _read(member: Member, what: str) -> Pixels:
    """Read images `[N, H, W]` or labels `[N]` of an IDX file."""
    with corruption_named(member.name):
        stream: BinaryIO = gzip.GzipFile(fileobj=member.handle) if member.name.endswith(".gz") else member.handle  # type: ignore[assignment]
        axes = 3 if what == "images" else 1
        head = stream.read(4 + 4 * axes)
        magic, *shape = struct.unpack(f">{1 + axes}I", head) if len(head) == 4 + 4 * axes else (0, 0)
        num_bytes = int(np.prod(shape, dtype=object))
        if magic != _MAGIC[what] or num_bytes > MAX_READ_BYTES:
            raise InputError(f"not an IDX file of {what}", visible(member.name), "download it again from its publisher")
        if not all(shape[1:]):  # checked before the items are read: any number of empty images takes no bytes
            raise InputError(
                f"its images have {shape[1]} x {shape[2]} pixels", visible(member.name), "download it again from its publisher"
            )
        data = stream.read(num_bytes + 1)
    if len(data) != num_bytes:
        raise InputError("the file's size does not match its header", visible(member.name), "download it again from its publisher")
    return np.frombuffer(data, dtype=np.uint8).reshape(shape)


def _importer(
    title: str, publisher: str, licence: str, names: tuple[str, ...], published: dict[str, int], *, transposed: bool = False
) -> Importer:
    fields = {"image": "image", **({"class": "text"} if names else {})}
    about = About(title, publisher, licence, fields, "train-images-idx3-ubyte[.gz], train-labels-idx1-ubyte[.gz], t10k-...", published)
    return Importer(about, partial(_items, names, transposed), ("variant",))


_FULL = {"train": 60_000, "test": 10_000}
IMPORTERS = {
    "mnist": _importer(
        "MNIST", "Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits", "CC BY-SA 3.0", (), _FULL
    ),
    "fashion-mnist": _importer(
        "Fashion-MNIST", "Zalando Research: H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST", "MIT", _CLOTHES, _FULL
    ),
    "kmnist": _importer(
        "Kuzushiji-MNIST", "ROIS-DS CODH: T. Clanuwat et al., Deep Learning for Classical Japanese Literature", "CC BY-SA 4.0", _KANA, _FULL
    ),
    "emnist": _importer(
        "EMNIST",
        "NIST; G. Cohen et al., EMNIST: an extension of MNIST to handwritten letters",
        "see the publisher",
        (),
        {},
        transposed=True,
    ),
}
