"""Importers of published data sets, by name. Adding one takes one file and one line here."""

from __future__ import annotations

import difflib
import importlib
from typing import TYPE_CHECKING

from mmcli.core.display import visible
from mmcli.core.errors import UsageError

if TYPE_CHECKING:
    from mmcli.data.datasets.base import Importer

# Name on the command line -> module of this package.
MODULES = {
    "cifar10": "cifar10",
    "coco-captions": "captions",
    "emnist": "mnist",
    "emoji": "emoji",
    "esc50": "esc50",
    "fashion-mnist": "mnist",
    "flickr30k": "captions",
    "flickr8k": "captions",
    "fsdd": "fsdd",
    "imagenet": "imagenet",
    "imdb": "imdb",
    "kmnist": "mnist",
    "librispeech": "librispeech",
    "lines": "lines",
    "mnist": "mnist",
    "snli": "snli",
    "squad": "squad",
    "sst5": "sst5",
    "timit": "timit",
    "urbansound8k": "urbansound8k",
}
PAIR = "pair"


def importer_names() -> tuple[str, ...]:
    """Names of all importers."""
    return (*MODULES, PAIR)


def importer_of(name: str) -> Importer:
    """The importer of a data set.

    Raises:
        UsageError: There is no importer of this name.
    """
    if name not in MODULES:
        plain = name.lower().replace("_", "-")
        begun = [known for known in importer_names() if plain and known.startswith(plain)]
        near = begun if len(begun) == 1 else difflib.get_close_matches(plain, importer_names(), 1, cutoff=0.5)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(f"unknown data set {visible(name)}", "NAME", f"{hint}known names: {', '.join(importer_names())}")
    found: Importer = importlib.import_module(f"mmcli.data.datasets.{MODULES[name]}").IMPORTERS[name]
    return found
