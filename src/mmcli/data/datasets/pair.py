"""Join two raw folders by label, for example images of digits and recordings of digits.

Within every split and label the records of both folders are shuffled and paired. A record, and
hence its files, is used in one split only.
"""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

import numpy as np

from mmcli.artifacts.manifest import read_manifest
from mmcli.core.display import visible
from mmcli.core.errors import InputError, MmcliError, UsageError
from mmcli.core.streams import Purpose, generator
from mmcli.data.datasets.base import About, Ahead, Found, Item, LeftOut, Media
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.base import RawField, RawRecord, RawReject, printable
from mmcli.data.layouts.folder import read_raw

Assign = Callable[[Sequence[str], Sequence[str | None]], list[str]]
_MAX_BYTES = 2**30
Cells = dict[tuple[str, str], list[RawRecord]]  # (split, label) -> records


class Pair:
    """Two folders to join.

    Args:
        first: A raw folder.
        second: Another raw folder.
        config: Options of `import`.
        assign: Assigns every record a split, from the groups (or ids) and the splits given by the folder.
    """

    def __init__(self, first: Path, second: Path, config: ImportConfig, assign: Assign) -> None:
        if first.resolve() == second.resolve():
            raise UsageError("both folders are the same", visible(second), "give two different folders: mmcli import pair A B -o RAW")
        self._config, self._assign = config, assign
        self._sides = (read_raw(first), read_raw(second))
        self._roots = (first, second)
        # A field that both folders have keeps its name only in the first.
        first_names, second_names = (list(side.fields) for side in self._sides)
        self._names = (dict(zip(first_names, first_names, strict=True)), _unlike(first_names, second_names))

    @property
    def about(self) -> About:
        """Facts for the data set card."""
        fields = {self._names[side][name]: kind for side in (0, 1) for name, kind in self._sides[side].fields.items()}
        names = " and ".join(root.resolve().name for root in self._roots)
        facts = [_facts(root) for root in self._roots]
        publisher, licence = ("; ".join(dict.fromkeys(fact[i] for fact in facts)) for i in (0, 1))
        return About(f"{names}, joined by label", publisher, licence, fields, "two raw folders with labels")

    def fingerprints(self) -> tuple[str, str]:
        """Digests of the two folders' listings."""
        return self._sides[0].fingerprint(), self._sides[1].fingerprint()

    def items(self) -> Iterator[Found]:
        """Joined records, split by split and label by label.

        Raises:
            InputError: A folder has no labels, or no split and label occur in both.
        """
        problems: list[list[RawReject]] = [[], []]
        cells = [self._cells(side, problems[side]) for side in (0, 1)]
        for side in (0, 1):
            if not cells[side]:
                raise self._unlabelled(side, problems[side])
        yield from problems[0]
        yield from problems[1]
        both = sorted(set(cells[0]) & set(cells[1]))
        if not both:
            raise InputError(_nothing_shared(cells), " and ".join(visible(root) for root in self._roots), _fix(cells))
        for side in (0, 1):
            for cell in set(cells[side]) - set(both):
                for _ in cells[side][cell]:
                    which = ("first", "second")[side]
                    yield LeftOut(
                        f"a record of the {which} folder whose label has no partner in its split (--resplit splits records by hash)"
                    )
        yield Ahead(sum(self._count(cells[0][cell], cells[1][cell]) for cell in both))
        for number, (split, label) in enumerate(both):
            yield from self._join(cells[0][split, label], cells[1][split, label], split, label, number)

    def _cells(self, side: int, problems: list[RawReject]) -> Cells:
        records: list[RawRecord] = []
        for result in self._sides[side].records():
            if isinstance(result, RawReject):
                problems.append(replace(result, path=self._place(side, result.path)))
            elif result.label is None:
                problems.append(RawReject(result.id, self._place_of(side, result), "UNPAIRED", "the record has no label to join by"))
            elif any(field.data is not None for field in result.fields.values()):
                raise InputError(
                    "the folder stores its media in archives or tables",
                    visible(self._roots[side]),
                    "unpack it: pair needs one file per image and sound",
                )
            else:
                records.append(result)
        given = [None if self._config.resplit else record.split for record in records]
        splits = self._assign([record.group or record.id for record in records], given)
        cells: Cells = defaultdict(list)
        for record, split in zip(records, splits, strict=True):
            cells[split, str(record.label)].append(record)
        return dict(cells)

    def _join(self, first: list[RawRecord], second: list[RawRecord], split: str, label: str, cell: int) -> Iterator[Found]:
        rng = generator(self._config.seed, Purpose.PAIR_JOIN, cell)
        count = self._count(first, second)
        order = [_cycle(len(side), count, rng) for side in (first, second)]
        for one, two in zip(*order, strict=True):
            yield self._item(first[one], second[two], split, label)
        for _ in range(len(first) + len(second) - 2 * count if not self._config.reuse else 0):
            yield LeftOut("a record without a partner (include it with --reuse)")

    def _count(self, first: list[RawRecord], second: list[RawRecord]) -> int:
        return max(len(first), len(second)) if self._config.reuse else min(len(first), len(second))

    def _item(self, one: RawRecord, two: RawRecord, split: str, label: str) -> Found:
        fields: dict[str, str | Media] = {}
        for side, record in enumerate((one, two)):
            for name, field in record.fields.items():
                value = _content(name, field)
                if isinstance(value, RawReject):
                    return replace(value, path=self._place(side, value.path))
                fields[self._names[side][name]] = value
        return Item(f"{one.id}+{two.id}", fields, label, split)

    def _place(self, side: int, path: str) -> str:
        """Location of a record: a file (and row) of one of the folders."""
        return f"{printable(str(self._roots[side]))}/{path}"

    def _place_of(self, side: int, record: RawRecord) -> str:
        return self._place(side, next((field.source for field in record.fields.values()), record.id))

    def _unlabelled(self, side: int, problems: list[RawReject]) -> InputError:
        seen = f", e.g. {visible(problems[0].path)}: {visible(problems[0].message)}" if problems else ""
        what = "the folder has no record with a label to join by" + seen
        return InputError(what, visible(self._roots[side]), "add a column label to its metadata.jsonl, or put its files into class folders")


def _unlike(taken: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """Rename each name that is taken by appending a number."""
    used, found = {*taken, *names}, {}
    for name in names:
        numbered = (f"{name}_{number}" for number in itertools.count(2))
        found[name] = next(new for new in numbered if new not in used) if name in taken else name
        used.add(found[name])
    return found


def _nothing_shared(cells: list[Cells]) -> str:
    labels = [{label for _, label in side} for side in cells]
    if labels[0] & labels[1]:
        return "the two folders share labels, but not within a split"
    shown = [", ".join(visible(repr(label), 20) for label in sorted(side)[:5]) for side in labels]
    return f"the two folders share no label: {shown[0]} in the first, {shown[1]} in the second"


def _content(name: str, field: RawField) -> str | Media | RawReject:
    if field.text is not None:
        return field.text
    path = field.path
    try:
        if path is None or path.stat().st_size > _MAX_BYTES:
            return RawReject(field.source, field.source, "CHANGED", f"missing, or larger than {_MAX_BYTES:,} bytes")
        # Files of a field are usually in its folder, whose name need not be repeated.
        source = PurePosixPath(field.source.removeprefix(f"{name}/"))
        return Media(path.read_bytes(), source.suffix.lower(), key=source.with_suffix("").as_posix())
    except OSError as error:
        return RawReject(field.source, field.source, "CHANGED", f"cannot be read: {error.strerror}")


def _facts(root: Path) -> tuple[str, str]:
    """Publisher and licence of a raw folder, if it is an artifact that records them."""
    try:
        summary = read_manifest(root).summary
    except MmcliError:
        summary = {}
    return str(summary.get("publisher", f"see {root.name}")), str(summary.get("licence", f"see {root.name}"))


def _cycle(size: int, count: int, rng: np.random.Generator) -> list[int]:
    """`count` indices below `size`, as concatenated permutations."""
    rounds = -(-count // size)
    return [int(i) for _ in range(rounds) for i in rng.permutation(size)][:count]


def _fix(cells: list[Cells]) -> str:
    splits = [{split for split, _ in side} for side in cells]
    return (
        "split the records by hash with --resplit"
        if splits[0] and splits[1] and not splits[0] & splits[1]
        else "give two folders with the same labels"
    )
