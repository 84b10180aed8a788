"""What the folders of a raw folder mean: splits, fields, classes, groups, or records.

Every level of folders gets one role, judged by the names of its folders and by what lies in them. Where a
level can be read in two ways, it is read in the one that loses nothing, and `notes` say how to choose the
other.
"""

from __future__ import annotations

import dataclasses
import functools
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from mmcli.core.display import visible
from mmcli.data.layouts.base import modality_of, printable, split_of, stem_of
from mmcli.data.layouts.classes import class_level
from mmcli.data.layouts.levels import Folders, Level, levels_of, media_folders, without_strays
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.lookalikes import folded, one_name
from mmcli.data.layouts.sides import field_level, names_fields, part_level, sides_at, word_of_modality

_UNSPLIT = frozenset({"extra", "unlabeled", "unlabelled", "unsup", "unsupervised", "unused"})  # beside train and test
_MIN_GROUPS = 10  # a split by fewer groups would be too uneven
_MIN_RECORD_FOLDERS = 10
_COVERED = 0.9
_MAX_FIELDS = 20


@dataclass(frozen=True)
class Place:
    """What a folder says of the records in it.

    Attributes:
        label: Class of the records.
        split: Split of the records.
        group: Group of the records.
        field: Name of the folder that is the field, `""` if none is.
        key: Components of the path that tell the folder's records from others.
        is_record: Whether all files of the folder are one record.
    """

    label: str | None = None
    split: str | None = None
    group: str | None = None
    field: str = ""
    key: tuple[str, ...] = ()
    is_record: bool = False


@dataclass
class Roles:
    """Role of each level of folders; `None` where there is no such level, -1 for the innermost folder of each file.

    Attributes:
        split: Level of the splits.
        field: Level of the fields.
        part: Level of folders that divide one of the fields into several, such as languages.
        label: Level of the classes.
        group: Level of the groups.
        record: Level of the folders that are a record each.
        nested: Whether the class is not the innermost folder.
        strays: Folders whose own few files pair with nothing in the folders below them.
        splits: Split of each folder at the level of the splits.
        labels: Label of each folder at the level of the classes.
        notes: Sentences on what could have been read otherwise.
    """

    split: int | None = None
    field: int | None = None
    part: int | None = None
    label: int | None = None
    group: int | None = None
    record: int | None = None
    nested: bool = False
    strays: frozenset[str] = frozenset()
    splits: dict[str, str | None] = dataclasses.field(default_factory=dict)
    labels: dict[str, str] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)

    @property
    def layout(self) -> str:
        """Name of the layout that these roles make."""
        if self.field is not None:
            return "parallel-folders"
        if self.record is not None:
            return "record-folders"
        if self.label is None:
            return "same-stem"
        return "nested-folders" if self.nested else "class-folders"

    def place(self, folder: str) -> Place:
        """What a folder says of the records in it."""
        parts = folder.split("/") if folder else []
        label, split, name, group = (self._part(parts, level) for level in (self.label, self.split, self.field, self.group))
        if self.label == -1 and self.split == len(parts) - 1:
            split = None  # the innermost folder is the class, whatever its name
        if group is not None and self.group is not None:
            group = "/".join(parts[: self.group + 1])
        key = [part for level, part in enumerate(parts) if level not in (self.field, self.part)]
        if name is not None and (part := self._part(parts, self.part)) is not None:
            name = f"{name}/{part}"
        if name is not None and self.field == self.split is not None:  # train_images, train_captions
            key.insert(self.split, self.splits.get(name) or name)
            name = word_of_modality(name) or name
        return Place(
            None if label is None else self.labels.get(label, printable(label)),
            None if split is None else self.splits.get(split),
            None if group is None else printable(group),
            name or "",
            tuple(key),
            parts != [] and self.record in (-1, len(parts) - 1),
        )

    def _part(self, parts: list[str], level: int | None) -> str | None:
        return parts[level] if level is not None and parts and level < len(parts) else None


@functools.lru_cache(maxsize=1)
def analyse(listing: Listing) -> Roles:
    """Roles of the levels of folders."""
    folders, strays = without_strays(media_folders(listing))
    roles = Roles(strays=strays)
    levels = levels_of(folders)
    doubtful = _find_split(levels, roles)
    if roles.split is not None and names_fields(folders, roles.split):
        roles.field = roles.split
    else:
        roles.field, roles.notes = field_level([level for level in levels if level.depth != roles.split], folders)
    roles.part = part_level(levels, roles.field, folders) if roles.field is not None and roles.field != roles.split else None
    rest = [
        level
        for level in levels
        if level.depth not in (roles.split, roles.field, roles.part) and len(level.counts) > 1 and not level.is_chunks
    ]
    if roles.field is None and rest and _are_records(folders, rest[-1].depth):
        roles.record = rest.pop().depth
    _find_classes(rest, roles, folders, listing)
    if roles.label in doubtful:
        roles.notes.append(_class_not_split(doubtful[roles.label]))
    return roles


def forced(listing: Listing, layout: str) -> Roles:
    """Roles of the levels where the user has chosen a layout that the folders do not suggest."""
    folders = media_folders(listing)
    levels = levels_of(folders)
    roles = Roles()
    named = next((level for level in levels if any(map(split_of, level.counts))), None)
    if named is not None:
        roles.split, roles.splits = named.depth, _splits_of(named.counts)
    rest = [level.depth for level in levels if level.depth != roles.split] or [0]
    if layout == "class-folders":
        roles.label = -1
    elif layout == "nested-folders":
        roles.label, roles.group = rest[0], rest[-1] if len(rest) > 1 else None
    elif layout == "record-folders":
        roles.record = -1
    elif layout == "parallel-folders":
        roles.field = next((depth for depth in rest if len(sides_at(folders, depth) or ()) > 1), rest[0])
    return roles


def _find_split(levels: Sequence[Level], roles: Roles) -> dict[int | None, Level]:
    """The first level of folders that are all splits, preferably of several; gives the levels of which only some are."""
    best = 0
    doubtful: dict[int | None, Level] = {}
    for level in levels:
        splits = _splits_of(level.counts)
        found = len({split for split in splits.values() if split})
        if not found or found <= best or (found == 1 and not level.everywhere):
            continue
        if all(split or folded(name) in _UNSPLIT for name, split in splits.items()) or _share_classes(level, splits):
            best, roles.split, roles.splits = found, level.depth, splits
        else:
            doubtful[level.depth] = level
    return doubtful


def _splits_of(names: Iterable[str]) -> dict[str, str | None]:
    """Split of each folder name; `eval` and the like are val where there is a test split besides."""
    splits = {name: split_of(name) for name in names}
    tests = [name for name, split in splits.items() if split == "test"]
    plain = [name for name in tests if folded(name).startswith(("test", "tst"))]
    if plain and len(plain) < len(tests) and "val" not in splits.values():
        splits |= {name: "val" for name in tests if name not in plain}
    return splits


def _share_classes(level: Level, splits: Mapping[str, str | None]) -> bool:
    """Whether the folders of two splits hold the same classes, so that the others beside them are no classes."""
    below = [level.names_below(name) for name, split in splits.items() if split]
    shared = set.intersection(*below) if len(below) > 1 else set()
    return len(shared) > 1 and len(set(splits.values()) - {None}) > 1


def _class_not_split(level: Level) -> str:
    named = [visible(printable(name), 40) for name in sorted(level.counts) if split_of(name)]
    others = [visible(printable(name), 40) for name in sorted(level.counts) if not split_of(name)]
    are, more = ("is" if len(named) == 1 else "are"), (", ..." if len(others) > 2 else "")
    return (
        f"{' and '.join(named)} beside {', '.join(others[:2])}{more} {are} read as a class, not as a split; "
        "--format same-stem reads splits and no classes"
    )


def _are_records(folders: Folders, depth: int) -> bool:
    """Whether each folder at a depth is one record: a file of each kind, of different stems."""
    leaves = [media for parts, media in folders.items() if len(parts) == depth + 1]
    if len(leaves) < 2 or any(len(parts) > depth + 1 for parts in folders):
        return False
    kinds = [{modality_of(base) for base in media} for media in leaves]
    if max(map(len, kinds)) < 2 or any(len({stem_of(base) for base in media}) < len(media) for media in leaves):
        return False
    if all(len(found) == len(media) for found, media in zip(kinds, leaves, strict=True)):
        return True
    names = Counter(base.lower() for media in leaves for base in media)
    return len(names) <= _MAX_FIELDS and min(names.values()) * 2 > len(leaves)


def _find_classes(rest: list[Level], roles: Roles, folders: Folders, listing: Listing) -> None:
    """The class among the remaining levels, and the group."""
    if not rest:
        return
    if len(rest) == 1 and _never_repeat(rest[0], folders):
        roles.notes.append(
            f"no folder holds two records, so the {len(rest[0].counts):,} folders are not read as classes; --format class-folders does so"
        )
        return
    most = max(level.num_files for level in rest)
    rest = [level for level in rest if level.num_files >= _COVERED * most]  # cat/1.png beside dog/old/2.png: old is no class
    paths = {tuple(parts[level.depth] for level in rest if len(parts) > level.depth) for parts in folders}
    chosen, grouping = class_level([path for path in paths if len(path) == len(rest)] or list(paths), len(rest))
    roles.label, roles.nested = rest[chosen].depth, chosen < len(rest) - 1
    roles.labels = one_name({printable(name): count for name, count in rest[chosen].counts.items()}, visible(listing.root))
    roles.labels = {name: roles.labels[printable(name)] for name in rest[chosen].counts}
    _note_spellings(roles)
    _note_levels(rest, chosen, roles)
    if grouping is not None and len({path[: grouping + 1] for path in paths}) >= _MIN_GROUPS:
        roles.group = rest[grouping].depth


def _note_levels(rest: list[Level], chosen: int, roles: Roles) -> None:
    """Say which of several levels is the class, and how to choose another."""
    if len(rest) < 2:
        return
    names = [visible(printable(min(level.counts)), 40) for level in rest]
    other = "class-folders takes the innermost folder" if chosen < len(rest) - 1 else "nested-folders takes the outermost folder"
    roles.notes.append(f"of the folders such as {'/'.join(names)}, those like {names[chosen]} are read as classes; --format {other}")


def _never_repeat(level: Level, folders: Folders) -> bool:
    if len(level.counts) < _MIN_RECORD_FOLDERS:
        return False
    return all(len({stem_of(base) for base in media}) == 1 for media in folders.values())


def _note_spellings(roles: Roles) -> None:
    spellings: dict[str, list[str]] = defaultdict(list)
    for name, label in roles.labels.items():
        spellings[label].append(name)
    for label, names in spellings.items():
        if len(names) > 1:
            shown = " and ".join(visible(printable(name), 40) for name in sorted(names))
            roles.notes.append(f"the folders {shown} are one class, {visible(label, 40)}")
