"""Names that look alike: one name, or an error that shows by which characters they differ."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from mmcli.core.display import visible
from mmcli.core.errors import InputError

# Letters of other scripts that look like Latin ones, after case folding.
_CONFUSABLE = str.maketrans("аеорсухіѕјһԁԛԝνοαικρτυ", "aeopcyxisjhdqwvoaikptu")
_BLANKS = re.compile(r"[\s\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]+")


def tidy(name: str) -> str:
    """The name in normal form NFC, without outer blanks, invisible characters and repeated blanks."""
    return name if name.isascii() and name.isalnum() else _BLANKS.sub(_blank, unicodedata.normalize("NFC", name)).strip()


def _blank(found: re.Match[str]) -> str:
    return " " if any(char.isspace() for char in found[0]) else ""


def folded(name: str) -> str:
    """The name without differences of case, normal form, width and blanks."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFKC", tidy(name)).casefold())


def skeleton(name: str) -> str:
    """What the name looks like: folded, with Latin letters for those that look like them."""
    return folded(name).translate(_CONFUSABLE)


def difference(one: str, other: str) -> str:
    """The first place at which two names differ, as code points."""
    place = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"character {place + 1} is {_point(one[place : place + 1])} in one and {_point(other[place : place + 1])} in the other"


def _point(char: str) -> str:
    return f"U+{ord(char):04X} {unicodedata.name(char, 'unnamed')}" if char else "missing"


def check_fields(names: Iterable[str], where: str) -> None:
    """Refuse fields whose names look alike.

    Raises:
        InputError: Two names differ only in case, normal form, blanks or letters that look alike.
    """
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(skeleton(name), name)
        if other != name:
            what = f"the names of two fields look alike: {visible(other, 40)} and {visible(name, 40)}; {difference(other, name)}"
            raise InputError(what, where, "rename one of them, or merge the two columns or folders")


def one_name(counts: Mapping[str, int], where: str) -> dict[str, str]:
    """The label of every spelling: the most frequent of those that differ in case, normal form or blanks only.

    Names of a single character are told apart by case, as in folders of letters.

    Args:
        counts: Number of items of each spelling.
        where: The place of the names in errors.

    Raises:
        InputError: Two names differ only in letters of different scripts that look alike.
    """
    best: dict[str, str] = {}
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        best.setdefault(_key(name), tidy(name))
    seen: dict[str, str] = {}
    for key, name in best.items():
        other = seen.setdefault(key.translate(_CONFUSABLE), name)
        if other != name:
            what = f"two labels look alike: {visible(other, 40)} and {visible(name, 40)}; {difference(other, name)}"
            raise InputError(what, where, "give both the same name if they are one class, otherwise rename one")
    return {name: best[_key(name)] for name in counts}


def _key(name: str) -> str:
    return folded(name) if len(tidy(name)) > 1 else tidy(name)
