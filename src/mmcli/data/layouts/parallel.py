"""Parallel folders: `photos/0001.jpg` and `sounds/0001.wav`, one folder per field.

Recognised if there are at least two top-level folders, each contains a single modality, and some
stem occurs in several of them; otherwise such folders are classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.base import RawField, RawRecord, RawReject, modality_of, printable, split_of, suffix_of
from mmcli.data.layouts.columns import field_name
from mmcli.data.layouts.listing import Listing
from mmcli.modalities import registry
from mmcli.modalities.base import Reject


class ParallelFolders:
    """Reader of the layout."""

    name: ClassVar[str] = "parallel-folders"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether the top-level folders contain one modality each and share stems."""
        folders = _folders(listing)
        if len(folders) < 2 or len({modality for modality, _ in folders.values() if modality}) < 2:
            return False
        stems = [stems for _, stems in folders.values()]
        return all(modality for modality, _ in folders.values()) and any(stems[0] & other for other in stems[1:])

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        folders = _folders(listing)
        self._fields = {field_name(printable(name)) or "field": modality for name, (modality, _) in folders.items() if modality}
        self._folders = {name: field_name(printable(name)) or "field" for name, (modality, _) in folders.items() if modality}
        if not self._fields or len(self._fields) < len(self._folders):
            problem, place = _obstacle(listing, folders)
            raise InputError(problem, f"{visible(listing.root)}/{place}".rstrip("/"), "put each field's files into its own folder")

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return dict(self._fields)

    def records(self) -> Iterator[RawRecord | RawReject]:
        """One record per stem, then the files that belong to none."""
        members: dict[str, list[str]] = {}
        for name in self._listing.files:
            folder, _, rest = name.partition("/")
            modality = self._fields.get(self._folders.get(folder, ""))
            if rest and modality and modality_of(rest) == modality:
                members.setdefault(_stem(rest), []).append(name)
            else:
                yield RawReject(printable(name), printable(name), "UNPAIRED", "not in a field's folder, or another extension")
        for stem in sorted(members):
            yield from self._record(stem, members[stem])
        yield from self._listing.problems()

    def _record(self, stem: str, names: list[str]) -> Iterator[RawRecord | RawReject]:
        fields: dict[str, RawField] = {}
        for name in names:
            field = self._folders[name.partition("/")[0]]
            try:
                if field in fields:
                    raise Reject("DUP_ID", f"a second file of the field {field} with the same stem")
                fields[field] = RawField(printable(name), path=self._listing.path(name))
            except Reject as problem:
                yield RawReject(printable(stem), printable(name), problem.code, problem.message)
        if fields:
            split = split_of(stem.partition("/")[0]) if "/" in stem else None
            yield RawRecord(printable(stem), None, split, None, fields)


def _obstacle(listing: Listing, folders: dict[str, tuple[str | None, set[str]]]) -> tuple[str, str]:
    """Why the top-level folders are not one field each, and a file or folder as evidence."""
    media = [name for name in listing.files if modality_of(name)]
    if not media:
        return f"the folder contains no {registry.nouns()}", ""
    if not folders:
        return "a file is not in a field's folder", visible(printable(next(name for name in media if "/" not in name)))
    mixed = next((name for name, (modality, _) in folders.items() if not modality), None)
    if mixed is not None:
        return "a field's folder contains files of several modalities", visible(printable(mixed))
    return "the names of two folders map to the same field", visible(printable(max(folders)))


def _stem(name: str) -> str:
    suffix = suffix_of(name)
    return name[: -len(suffix)] if suffix else name


def _folders(listing: Listing) -> dict[str, tuple[str | None, set[str]]]:
    """Top-level folder -> its modality (None if mixed) and its stems; empty if there are media at the top level."""
    found: dict[str, tuple[str | None, set[str]]] = {}
    for name in listing.files:
        modality = modality_of(name)
        if modality is None:
            continue
        folder, _, rest = name.partition("/")
        if not rest:
            return {}
        first, stems = found.get(folder, (modality, set()))
        stems.add(_stem(rest))
        found[folder] = (first if first == modality else None, stems)
    return found
