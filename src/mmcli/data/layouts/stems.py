"""Same stem: `0001.txt`, `0001.jpg` and `0001.wav` form one record, `0001.json` adds columns.

Class folders, `[split/]class/file`, work the same way, with the folder as label. The stem is the path
without its last extension, so dots inside it are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any, ClassVar

from mmcli.artifacts import jsonio, raw
from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.data.layouts.base import RawField, RawRecord, RawReject, modality_of, printable, split_of, suffix_of
from mmcli.data.layouts.columns import Columns, field_name
from mmcli.data.layouts.listing import Listing
from mmcli.modalities import registry
from mmcli.modalities.base import Reject

_MAX_JSON_BYTES = 2**20
_SURVEYED_JSON = 200


def stem_of(name: str) -> str:
    """Path without its last extension."""
    suffix = suffix_of(name)
    return name[: -len(suffix)] if suffix else name


class SameStem:
    """Reader of files that share a stem."""

    name: ClassVar[str] = "same-stem"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether there is an item of any modality."""
        return any(modality_of(name) for name in listing.files)

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        found = dict.fromkeys(modality for name in listing.files if (modality := modality_of(name)))
        if not found:
            raise InputError(f"the folder contains no {registry.nouns()}", visible(listing.root), f"use {registry.some_suffixes()}, ...")
        self._media: dict[str, str] = {known.name: known.name for known in registry.modalities() if known.name in found}
        self._extra = self._survey_columns()

    def fields(self) -> dict[str, str]:
        """Field names and modalities: a field is named after its modality."""
        return {**self._media, **dict.fromkeys(self._extra.values(), registry.inline())}

    def records(self) -> Iterator[RawRecord | RawReject]:
        """One record per stem, then the files that cannot be read."""
        names = sorted(self._listing.files, key=lambda name: (stem_of(name), name))
        for stem, group in groupby(names, key=stem_of):
            yield from self._record(stem, list(group))
        yield from self._listing.problems()

    def _record(self, stem: str, names: list[str]) -> Iterator[RawRecord | RawReject]:
        identity = printable(stem)
        fields: dict[str, RawField] = {}
        columns: dict[str, Any] = {}
        for name in names:
            try:
                if suffix_of(name) == ".json":
                    columns = self._read_json(name)
                    fields |= self._inline(columns, name)
                else:
                    self._add_medium(name, fields)
            except Reject as problem:
                yield RawReject(identity, printable(name), problem.code, problem.message)
        label, split = self.place_of(stem)
        words = {key: str(columns[key]) for key in raw.WORDS if isinstance(columns.get(key), str | int) and columns[key] != ""}
        if fields:
            group = words.get("group") or words.get("subject")
            yield RawRecord(identity, words.get("label") or label, split_of(words.get("split", "")) or split, group, fields)
        elif columns:
            yield RawReject(identity, printable(names[0]), "UNPAIRED", f"no {registry.nouns()} has this stem")

    def place_of(self, stem: str) -> tuple[str | None, str | None]:
        """Label and split given by a stem's folders."""
        return None, split_of(stem.partition("/")[0]) if "/" in stem else None

    def _add_medium(self, name: str, fields: dict[str, RawField]) -> None:
        modality = modality_of(name)
        if modality is None:
            raise Reject("UNPAIRED", "unsupported extension")
        if modality in fields:
            raise Reject("DUP_ID", f"a second {modality} file with the same stem")
        fields[modality] = RawField(printable(name), path=self._listing.path(name))

    def _read_json(self, name: str) -> dict[str, Any]:
        try:
            body = jsonio.read(self._listing.path(name), _MAX_JSON_BYTES)
        except jsonio.JsonError as error:
            raise Reject("ROW_INVALID", f"not JSON: {error}") from None
        except OSError as error:
            raise Reject("CHANGED", f"cannot be read: {error.strerror}") from None
        if not isinstance(body, dict):
            raise Reject("ROW_INVALID", "not a JSON object")
        return body

    def _inline(self, columns: dict[str, Any], name: str) -> dict[str, RawField]:
        found = {}
        for column, field in self._extra.items():
            value = columns.get(column)
            if isinstance(value, str) and value:
                found[field] = RawField(f"{printable(name)} {column}", text=value.encode("utf-8", "replace").decode())
        return found

    def _survey_columns(self) -> dict[str, str]:
        rows: list[dict[str, Any]] = []
        for name in self._listing.files:
            if suffix_of(name) == ".json" and len(rows) < _SURVEYED_JSON:
                try:
                    rows.append(self._read_json(name))
                except Reject:
                    continue
        rows = [{k: v for k, v in row.items() if field_name(k) not in self._media} for row in rows]
        try:
            return Columns.survey(rows, visible(self._listing.root), is_media=lambda column, value: False).texts
        except InputError:
            return {}  # sidecar files without text columns only provide label, split and group


class ClassFolders(SameStem):
    """Reader of `[split/]class/file`."""

    name: ClassVar[str] = "class-folders"

    @classmethod
    def recognise(cls, listing: Listing) -> bool:
        """Whether every item is in `class/` or `split/class/`."""
        folders = {name.rpartition("/")[0] for name in listing.files if modality_of(name)}
        if not folders or "" in folders:
            return False
        parts = [folder.split("/") for folder in folders]
        plain = all(len(part) == 1 and not split_of(part[0]) for part in parts)
        return plain or all(len(part) == 2 and split_of(part[0]) for part in parts)

    def __init__(self, listing: Listing) -> None:
        super().__init__(listing)
        media = [name for name in listing.files if modality_of(name)]
        if not any("/" in name for name in media):
            where = f"{visible(listing.root)}/{visible(printable(media[0]))}"
            raise InputError("no file is in a class folder", where, "put the files of each class into a folder named after it")

    def place_of(self, stem: str) -> tuple[str | None, str | None]:
        """The folder is the label; its parent may name the split."""
        folders = stem.split("/")[:-1]
        split = split_of(folders[0]) if len(folders) > 1 else None
        return (printable(folders[-1]) if folders else None), split
