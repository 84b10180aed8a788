"""Single items given to a command: `--NAME` of each modality, and files with one item per line."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, make_dataclass
from pathlib import Path

from mmcli.core import userfile
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.core.options import Options, option
from mmcli.modalities import registry
from mmcli.modalities.modality import Modality

_MAX_LINES = 1_000_000
MAX_ITEM_BYTES = 256 * 2**20  # of a file given to a command; those of modalities are lower


@dataclass(frozen=True)
class GivenItems(Options):
    """Base class of configurations with such options; `item_options` declares them."""

    def given_items(self) -> list[tuple[str, str]]:
        """Names of modalities and the given texts or paths, by modality."""
        values = vars(self)
        return [(modality.name, value) for modality in registry.modalities() for value in values.get(modality.name, ())]


def item_options(panel: str, about: str) -> Callable[[], list[type[Options]]]:
    """Declare an option per modality.

    Args:
        panel: Heading in `--help`.
        about: Help text; `{a_noun}`, `{noun}` and `{name}` stand for the modality.
    """
    return lambda: [_item_options(panel, about, registry.modalities())]


@functools.cache
def _item_options(panel: str, about: str, known: tuple[Modality, ...]) -> type[Options]:
    fields = []
    for modality in known:
        article = "an" if modality.noun[0] in "aeiou" else "a"
        words = about.format(a_noun=f"{article} {modality.noun}", noun=modality.noun, name=modality.name)
        fields.append((modality.name, tuple[str, ...], option((), words, metavar=modality.metavar)))
    return make_dataclass("ItemOptions", fields, bases=(Options,), namespace={"panel": panel}, frozen=True)


def flags() -> str:
    """Names of all these options, for messages."""
    return ", ".join(f"--{modality.name}" for modality in registry.modalities())


def read_lines(path: Path) -> list[str]:
    """Read the texts of a file, one per line; empty lines are skipped.

    Raises:
        InputError: It is not a regular file, cannot be read, is not UTF-8 text, or has no lines or too many.
    """
    text = userfile.read_text(path, MAX_ITEM_BYTES, "the file", InputError, "give a file with one text per line after --lines")
    found = [line for line in map(str.strip, text.split("\n")) if line]
    if not 0 < len(found) <= _MAX_LINES:
        what = f"more than {_MAX_LINES:,} lines" if found else "no non-empty line"
        raise InputError(f"the file has {what}", visible(path), "give one text per line")
    return found
