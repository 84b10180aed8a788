"""The levels of folders of a raw folder, and what lies in them."""

from __future__ import annotations

from collections import Counter

from mmcli.data.layouts.base import modality_of, stem_of
from mmcli.data.layouts.listing import Listing, tidy_stem

Folders = dict[tuple[str, ...], list[str]]  # components of a folder's path -> base names of its media files

_MAX_STRAYS, _MIN_BELOW = 3, 5  # files, and the files below for each


def media_folders(listing: Listing) -> Folders:
    """The folders that hold media files, and those that hold the `.json` files of media in other folders."""
    found, sidecars = {}, {}
    for folder, bases in listing.folders.items():
        parts = tuple(folder.split("/")) if folder else ()
        media = [base for base in bases if modality_of(base)]
        if media:
            found[parts] = media
        elif columns := [base for base in bases if base.lower().endswith(".json")]:
            sidecars[parts] = columns
    stems = {tidy_stem(base) for media in found.values() for base in media} if sidecars else set()
    return found | {
        parts: columns for parts, columns in sidecars.items() if 2 * sum(tidy_stem(base) in stems for base in columns) > len(columns)
    }


def levels_of(folders: Folders) -> list[Level]:
    """All levels, from the top."""
    return [Level(folders, depth) for depth in range(max(map(len, folders), default=0))]


def without_strays(folders: Folders) -> tuple[Folders, frozenset[str]]:
    """Part off few files that lie above the folders of all others and pair with none, such as `classes.txt`."""
    top: tuple[str, ...] = ()
    strays = set()
    while below := {parts[: len(top) + 1]: None for parts in folders if len(parts) > len(top)}:
        if top in folders and _is_stray(folders, top):
            strays.add(top)
        if len(below) > 1:
            break
        top = next(iter(below))
    return {parts: media for parts, media in folders.items() if parts not in strays}, frozenset(map("/".join, strays))


def _is_stray(folders: Folders, top: tuple[str, ...]) -> bool:
    media, others = folders[top], [base for parts, bases in folders.items() if len(parts) > len(top) for base in bases]
    if (
        len(media) > max(_MAX_STRAYS, len(others) // 100)
        or len(others) < _MIN_BELOW * len(media)
        or {modality_of(base) for base in media} & set(map(modality_of, others))
    ):
        return False
    return {tidy_stem(base) for base in media}.isdisjoint(map(tidy_stem, others))


class Level:
    """The folders at one depth.

    Attributes:
        counts: Folder name -> number of media files below it.
        num_files: Number of media files below them.
        everywhere: Whether every media file is below a folder of this level.
    """

    def __init__(self, folders: Folders, depth: int) -> None:
        self.depth, self._folders = depth, folders
        self.counts: Counter[str] = Counter()
        for parts, media in folders.items():
            if len(parts) > depth:
                self.counts[parts[depth]] += len(media)
        self.num_files = self.counts.total()
        self.everywhere = all(len(parts) > depth for parts in folders)

    @property
    def is_chunks(self) -> bool:
        """Whether the folders only divide many files, as img2dataset's do: 00012/000120003.jpg."""
        if not all(name.isdecimal() and len(name) >= 4 for name in self.counts) or len(set(map(len, self.counts))) > 1:
            return False
        direct = [(parts, media) for parts, media in self._folders.items() if len(parts) == self.depth + 1]
        return bool(direct) and all(
            stem_of(base).isdecimal() and base.startswith(parts[-1]) and len(stem_of(base)) > len(parts[-1])
            for parts, media in direct
            for base in (media[0], media[-1])
        )

    def names_below(self, name: str) -> set[str]:
        """Names of the folders directly in those of a name."""
        deeper = self.depth + 1
        return {parts[deeper] for parts in self._folders if len(parts) > deeper and parts[self.depth] == name}
