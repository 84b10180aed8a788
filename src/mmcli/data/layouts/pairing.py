"""Pair files whose names differ only in ways in which the two halves of a pair come to differ.

`IMG_1.JPG` with `img_1.txt`, `a.jpg` with `a.jpg.txt`, `7_image.png` with `007_caption.txt`. Only incomplete records
are joined, and only where there is one way to do so; what remains is reported as a near miss.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from mmcli.core.display import visible
from mmcli.data.layouts.base import modality_of, printable, stem_of
from mmcli.data.layouts.lookalikes import folded
from mmcli.modalities import registry

_SEPARATORS = re.compile(r"[\s_.-]+")
_NUMBERED = re.compile(r"([^\W\d_]+)(\d.*)")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_LAST_NUMBER = re.compile(r"(\d+)\D*$")
_SHOWN = 2


@dataclass
class Near:
    """Incomplete records whose names are alike, but which are not joined.

    Attributes:
        how: What is known of them.
        count: Number of such names.
        examples: Files of some of them.
    """

    how: str
    count: int = 0
    examples: list[str] = field(default_factory=list)

    def text(self) -> str:
        """A sentence for a warning."""
        return f"{self.count:,} incomplete records {self.how}, and are left apart, e.g. {'; '.join(self.examples)}"


@dataclass
class Pairs:
    """Result of `pair`.

    Attributes:
        groups: Key of each record -> its files.
        joined: In what the names of joined files differ -> number of records.
        examples: In what the names differ -> two files that were joined.
        near: Near misses.
    """

    groups: dict[str, list[str]]
    joined: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    near: list[Near] = field(default_factory=list)


def _plain_case(key: str) -> str:
    return key.casefold()


def _separators(key: str) -> str:
    folder, slash, base = key.rpartition("/")
    return folder + slash + (_SEPARATORS.sub("_", base).strip("_") or base)


def _second_extension(key: str) -> str:
    return stem_of(key) if modality_of(key) else key


def _kind_words(key: str) -> str:
    """Without a word such as `image` or `caption` at either end of the base name."""
    folder, slash, base = key.rpartition("/")
    words = base.split("_")
    numbered = _NUMBERED.fullmatch(words[0])
    if numbered and registry.named_so(numbered[1]):
        words[:1] = [numbered[1], numbered[2]]
    while len(words) > 1 and registry.named_so(words[0]):
        words = words[1:]
    while len(words) > 1 and registry.named_so(words[-1]):
        words = words[:-1]
    return folder + slash + "_".join(words)


def _zeros(key: str) -> str:
    folder, slash, base = key.rpartition("/")
    return folder + slash + _ZEROS.sub("", base)


# Applied one after another: in what the names then no longer differ.
_LOOSER: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("in case", _plain_case),
    ("in Unicode normal form or blanks", lambda key: folded(unicodedata.normalize("NFC", key))),
    ("in a second extension", _second_extension),
    ("in blanks, dots, hyphens and underscores", _separators),
    ("in a word for the kind of file", _kind_words),
    ("in leading zeros", _zeros),
)


def pair(groups: dict[str, list[str]], field_of: Callable[[str], str]) -> Pairs:
    """Join incomplete records.

    Args:
        groups: Key of each record -> its files, which have the same stem.
        field_of: Field of a file; `""` if it is of none.
    """
    fields = {key: [field_of(name) for name in names] for key, names in groups.items()}
    known = {name for found in fields.values() for name in found if name}
    result = Pairs(groups)
    if len(known) < 2:
        return result
    keys = {key: key for key, found in fields.items() if not known <= set(found)}  # incomplete record -> its looser key
    for how, looser in _LOOSER:
        keys = {key: looser(loose) for key, loose in keys.items()}
        buckets = _buckets(keys)
        for alike in buckets:
            names = [name for key in alike for name in fields[key]]
            if len(names) == len(set(names)):
                _join(alike, how, result, fields)
                done = known <= set(fields[alike[0]])
                for key in alike if done else alike[1:]:
                    del keys[key]
    _note_near(keys, fields, result)
    return result


def _buckets(keys: Mapping[str, str]) -> list[list[str]]:
    """Keys that have become equal."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for key, loose in keys.items():
        found[loose].append(key)
    return [sorted(alike) for alike in found.values() if len(alike) > 1]


def _join(alike: list[str], how: str, result: Pairs, fields: dict[str, list[str]]) -> None:
    first, *others = alike
    result.joined[how] = result.joined.get(how, 0) + 1
    result.examples.setdefault(how, [result.groups[key][0] for key in alike][:_SHOWN])
    for key in others:
        result.groups[first] = [*result.groups[first], *result.groups.pop(key)]
        fields[first] += fields.pop(key)


def _note_near(keys: dict[str, str], fields: Mapping[str, list[str]], result: Pairs) -> None:
    """Report what is alike in more than one way, or only by its last number."""
    ambiguous, seen = Near("could be joined in more than one way"), set()
    for alike in _buckets(keys):
        if len({name for key in alike for name in fields[key]}) > 1:
            _add(ambiguous, alike, result)
            seen |= set(alike)
    numbers = {
        key: f"{key.rpartition('/')[0]}/{int(found[1][-15:])}" for key in keys if key not in seen and (found := _LAST_NUMBER.search(key))
    }
    numbered = Near("end in the same number as another")
    for alike in _buckets(numbers):
        names = [name for key in alike for name in fields[key]]
        if len(names) == len(set(names)):
            _add(numbered, alike, result)
    result.near += [near for near in (ambiguous, numbered) if near.count]


def _add(near: Near, alike: list[str], result: Pairs) -> None:
    near.count += len(alike)
    if len(near.examples) < _SHOWN:
        near.examples.append(" and ".join(visible(printable(result.groups[key][0]), 60) for key in alike[:_SHOWN]))
