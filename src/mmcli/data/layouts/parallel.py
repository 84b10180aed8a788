"""Parallel folders: `photos/0001.jpg` and `sounds/0001.wav`, one folder per field, also below or above splits and classes.

Recognised if the folders of a level contain a single modality each, and share stems or are named after modalities.
"""

from __future__ import annotations

from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts import tree
from mmcli.data.layouts.base import modality_of, printable
from mmcli.data.layouts.levels import media_folders
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.stems import SameStem
from mmcli.modalities import registry


class ParallelFolders(SameStem):
    """Reader of the layout."""

    name: ClassVar[str] = "parallel-folders"

    def __init__(self, listing: Listing) -> None:
        found = tree.analyse(listing)
        if found.layout != self.name:
            _check(listing, tree.forced(listing, self.name).field or 0)
        super().__init__(listing)


def _check(listing: Listing, depth: int) -> None:
    """Refuse folders that are not one field each."""
    folders = media_folders(listing)
    fix = "put each field's files into its own folder"
    media = [name for name in listing.files if modality_of(name)]
    if not media:
        raise InputError(f"the folder contains no {registry.nouns()}", visible(listing.root), fix)
    loose = next((name for name in media if name.count("/") <= depth), None)
    if loose is not None:
        raise InputError("a file is not in a field's folder", f"{visible(listing.root)}/{visible(printable(loose))}", fix)
    kinds: dict[str, set[str | None]] = {}
    for parts, bases in folders.items():
        if len(parts) <= depth:
            continue  # columns of media in other folders
        kinds.setdefault(parts[depth], set()).update(map(modality_of, bases))
    mixed = next((name for name, found in kinds.items() if len(found) > 1), None)
    if mixed is not None:
        what = "a field's folder contains files of several modalities"
        raise InputError(what, f"{visible(listing.root)}/{visible(printable(mixed))}", fix)
