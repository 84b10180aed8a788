"""Which files of a folder form a record, and which field each of them is.

The key of a record is the stem of its files: their path without its last extension, and without the folders that say
something else, see `tree`. A field is named after its folder, its suffix or its modality.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.base import modality_of, printable, stem_of, suffix_of
from mmcli.data.layouts.columns import field_name
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.lookalikes import folded
from mmcli.data.layouts.tree import Place, Roles
from mmcli.modalities import registry


class Grouping:
    """The records and fields of a folder by the names of its files.

    Args:
        listing: The folder.
        roles: What its folders mean.

    Attributes:
        folders: Folder that is a field -> name of the field.
        records: Key of each record -> its files of the same stem.
        media: Field -> its modality.

    Raises:
        InputError: Two folders have the same field.
    """

    def __init__(self, listing: Listing, roles: Roles) -> None:
        self._listing, self._roles = listing, roles
        self._places = {folder: roles.place(folder) for folder in listing.folders}
        self.folders = _field_folders((place.field for place in self._places.values()), visible(listing.root))
        self._several = self._kinds_in_several()
        self.records = self._stems()
        self._own_suffixes = self._suffix_fields()
        self.media = self._fields_found()

    def place_of(self, name: str) -> Place:
        """What the folder of a file means."""
        return self._places[name.rpartition("/")[0]]

    def field_of(self, name: str) -> str:
        """Field of a file, `""` if it is of no modality."""
        suffix = suffix_of(name)
        modality = registry.of_suffix(suffix)
        if not modality:
            return ""
        place = self.place_of(name)
        if place.field:
            return self.folders[place.field]
        if place.is_record and modality in self._several:
            return field_name(printable(stem_of(name.rpartition("/")[2]))) or modality
        return self._own_suffixes.get(suffix, modality)

    def _stems(self) -> dict[str, list[str]]:
        """Key of each record -> its files of the same stem."""
        groups: dict[str, list[str]] = {}
        for folder, bases in self._listing.folders.items():
            place = self._places[folder]
            prefix, path = "".join(f"{part}/" for part in place.key), f"{folder}/" if folder else ""
            for base in bases:
                if folder in self._roles.strays and modality_of(base):
                    continue
                dot = base.rfind(".")
                stem = base[:dot] if 0 < dot < len(base) - 1 else base
                groups.setdefault(prefix[:-1] if place.is_record else prefix + stem, []).append(path + base)
        return groups

    def _kinds_in_several(self) -> set[str]:
        """Modalities of which a folder that is one record holds several files."""
        found = set()
        for folder, bases in self._listing.folders.items():
            if self._places[folder].is_record:
                found |= {kind for kind, number in Counter(map(modality_of, bases)).items() if kind and number > 1}
        return found

    def _fields_found(self) -> dict[str, str]:
        """Fields and their modalities, in the order of the modalities."""
        found: dict[str, str] = {}
        for folder, bases in self._listing.folders.items():
            if folder not in self._roles.strays:
                # Only in folders that are a record each does a file's name matter, otherwise its suffix is enough.
                for base in bases if self._several else {suffix_of(base): base for base in bases}.values():
                    modality = modality_of(base)
                    if modality:
                        found.setdefault(self.field_of(f"{folder}/{base}" if folder else base), modality)
        order = [modality.name for modality in registry.modalities()]
        ordered = found.items() if self.folders else sorted(found.items(), key=lambda item: order.index(item[1]))
        return dict(ordered)

    def _suffix_fields(self) -> dict[str, str]:
        """Fields of texts that stand beside another text of the same stem: `1.txt` and `1.caption`."""
        inline, found = registry.inline(), {}
        for names in self.records.values():
            if len(names) > 1 and not self._several:
                kinds = {suffix_of(name) for name in names if modality_of(name) == inline}
                if len(kinds) > 1:
                    found.update({kind: kind[1:] for kind in kinds if kind != registry.find(inline).suffixes[0]})
        return found if not self.folders else {}


def _field_folders(names: Iterable[str], where: str) -> dict[str, str]:
    """Field of each folder that is one; folders whose names differ in case only are the same field.

    Raises:
        InputError: Two other folders have the same field.
    """
    first: dict[str, str] = {}
    found = {name: first.setdefault(folded(name), field_name(printable(name)) or "field") for name in sorted(set(names)) if name}
    twice = next((name for name, number in Counter(first.values()).items() if number > 1), None)
    if twice is not None:
        raise InputError(f"the names of two folders map to the field {visible(twice)}", where, "rename one of them")
    return found
