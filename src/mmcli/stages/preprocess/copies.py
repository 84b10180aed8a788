"""Copies and near-copies of items: which records share them, and whether they are in more than one split."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mmcli.core.display import visible
from mmcli.modalities.identity import MOST_BITS
from mmcli.modalities.ingest import Ingest
from mmcli.stages.preprocess.near import close_pairs

Pair = tuple[int, int]
_BLOCK = 1024  # pairs


@dataclass
class Copies:
    """Copies among the items of a field.

    Attributes:
        contents: Digest of each record's item after decoding, or None.
        near: Pairs of records whose items are different but look or sound alike.
    """

    contents: list[str | None]
    near: list[Pair] = field(default_factory=list)

    def links(self) -> Iterable[Pair]:
        """Pairs of records that connect all copies and near-copies."""
        first: dict[str, int] = {}
        for number, content in enumerate(self.contents):
            if content is not None and first.setdefault(content, number) != number:
                yield first[content], number
        yield from self.near


@dataclass(frozen=True)
class Shared:
    """How much of a field is in more than one split.

    Attributes:
        copies: Number of contents.
        near: Number of sets of near-copies.
        examples: Two records that are copies, or near-copies, in different splits, for each of the two.
    """

    copies: int
    near: int
    examples: tuple[Pair | None, Pair | None]


def find(contents: list[str | None], hashes: list[int | None], keys: Sequence[str], ingest: Ingest) -> Copies:
    """Find copies and near-copies of a field's items.

    Args:
        contents: Digest of each record's item after decoding, or None.
        hashes: Perceptual hash of each record's item, or None.
        keys: Key that determines the split of each record; near-copies of one key are of no interest.
        ingest: Compares the items.
    """
    first = {content: number for number, content in reversed(list(enumerate(contents))) if content is not None}
    numbers = np.array([number for number in sorted(first.values()) if hashes[number] is not None], dtype=np.int64)
    if len(numbers) < 2:
        return Copies(contents)
    pairs = numbers[close_pairs(np.array([hashes[number] for number in numbers.tolist()], dtype=np.uint64), MOST_BITS)]
    pairs = np.array([pair for pair in pairs.tolist() if keys[pair[0]] != keys[pair[1]]], dtype=np.int64).reshape(-1, 2)
    blocks = (pairs[start : start + _BLOCK] for start in range(0, len(pairs), _BLOCK))
    return Copies(contents, [(a, b) for block in blocks for a, b in block[ingest.alike(block)].tolist()])


def shared(copies: Copies, split: Sequence[str]) -> Shared:
    """Count what is in more than one split."""
    crossing = [members for members in _sets(copies.contents) if len({split[number] for number in members}) > 1]
    apart = [pair for pair in copies.near if split[pair[0]] != split[pair[1]]]
    sets = grouped(len(split), copies.links()) if apart else []
    near = len({sets[first] for first, _ in apart})
    return Shared(len(crossing), near, (_apart(crossing[0], split) if crossing else None, apart[0] if apart else None))


def grouped(number: int, links: Iterable[Pair]) -> list[int]:
    """Lowest record of the set of linked records that each record is in."""
    parent = list(range(number))

    def root(member: int) -> int:
        while parent[member] != member:
            parent[member] = parent[parent[member]]
            member = parent[member]
        return member

    for a, b in links:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return [root(member) for member in range(number)]


def shared_keys(keys: Sequence[str], copies: Mapping[str, Copies]) -> list[str]:
    """Keys with which copies and near-copies of any field are in one split: the lowest key of each set."""
    first: dict[str, int] = {}
    links = [(first.setdefault(key, number), number) for number, key in enumerate(keys)]
    links += [link for found in copies.values() for link in found.links()]
    sets = grouped(len(keys), links)
    lowest: dict[int, str] = {}
    for key, number in zip(keys, sets, strict=True):
        lowest[number] = min(key, lowest.get(number, key))
    return [lowest[number] for number in sets]


def in_words(found: Shared, sources: Sequence[str | None], split: Sequence[str]) -> list[str]:
    """Texts of the warnings."""
    texts = []
    copy, near = found.examples
    if copy:
        texts.append(f"{leaks_in_words(found.copies)}{_named(copy, sources, split)}")
    if near:
        number = f"{found.near:,} {'set of near-copies is' if found.near == 1 else 'sets of near-copies are'}"
        texts.append(f"{number} in more than one split{_named(near, sources, split)}")
    return texts


def leaks_in_words(number: int) -> str:
    """Warning text for this number of contents in more than one split."""
    return f"{number:,} {'item is' if number == 1 else 'items are'} in more than one split with the same content"


def _named(pair: Pair, sources: Sequence[str | None], split: Sequence[str]) -> str:
    first, second = (f"{visible(sources[number] or '', 60)} ({split[number]})" for number in pair)
    return f", e.g. {first} and {second}"


def _sets(contents: Sequence[str | None]) -> list[list[int]]:
    members: dict[str, list[int]] = defaultdict(list)
    for number, content in enumerate(contents):
        if content is not None:
            members[content].append(number)
    return [numbers for numbers in members.values() if len(numbers) > 1]


def _apart(members: Sequence[int], split: Sequence[str]) -> Pair:
    """Two members in different splits."""
    return members[0], next(number for number in members if split[number] != split[members[0]])
