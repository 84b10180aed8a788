"""From the columns of a table to the fields of records.

Shared by all layouts with rows: the meaning of each column is inferred once from all rows; then
every row becomes a record, or several, and its problems.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from mmcli.artifacts import raw
from mmcli.core.display import visible
from mmcli.core.errors import InputError, UsageError
from mmcli.core.ledger import Ledger
from mmcli.data.layouts.base import BadRow, Choice, RawRecord, RawReject, Row, modality_of, printable
from mmcli.data.layouts.choosing import check_names
from mmcli.data.layouts.finding import Finder
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.reading import Reading, Used
from mmcli.data.layouts.survey import Column, Survey
from mmcli.modalities import registry

OURS = frozenset({"seed", "condition_id"})  # columns of samples that are kept in the table but are not fields
UNREAD = (raw.GIVEN, "meta_")  # prefixes of such columns
_SURE_TEXTS = frozenset({"text", "caption", "title", "sentence"})
_STATES = frozenset({"status", "exif"})  # columns of downloaders that say nothing where they are the same in a sample
_FILE_WORDS = re.compile(r"(^|[_-])(file_?name|file_?path|file|path|name)$", re.IGNORECASE)
_ID = "id"


def field_name(column: str) -> str:
    """Field name of a column: letters and digits of any script, `_` and `-`."""
    return re.sub(r"[^\w-]+", "_", column).strip("_-")


@dataclass
class Columns:
    """Meaning of the columns of a table.

    Attributes:
        media: Column -> (field, modality), for columns of file names or bytes.
        texts: Column -> field, for columns of inline texts, or lists of them.
        where: Name of the table in errors.
        choice: What the user chose to read.
        num_rows: Number of surveyed rows.
        seen: All columns in order.
        left_out: Column that is not read -> the reason.
        by_stem: Columns that name files without their extension.
        unread: Modalities of files that columns name which the user left out.
        used: What the rows read so far have used.
    """

    where: str
    choice: Choice = field(default_factory=Choice)
    media: dict[str, tuple[str, str]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    num_rows: int = 0
    seen: tuple[str, ...] = ()
    left_out: dict[str, str] = field(default_factory=dict)
    by_stem: frozenset[str] = frozenset()
    unread: set[str] = field(default_factory=set)
    used: Used = field(default_factory=Used)

    @classmethod
    def of_tables(
        cls,
        names: Sequence[str],
        rows_of: Callable[[str], Iterable[tuple[int, Row]]],
        listing: Listing,
        where: str = "",
        *,
        complete: bool = True,
    ) -> Columns:
        """Infer the meaning of every column from the rows of all tables of a folder.

        Args:
            names: Relative paths of the tables.
            rows_of: Numbered rows of a table.
            listing: The folder.
            where: Name of the tables in errors; by default the folder, or its only table.
            complete: Whether these are all rows, or a sample of them.

        Raises:
            InputError: No row can be read, no column is a field, or two columns map to the same field.
            UsageError: A chosen column does not exist, or none is left.
        """
        root = visible(listing.root)
        survey = Survey(Finder(listing))
        for name in names:
            place = f"line {visible(printable(name))}:" if len(names) > 1 else "line "
            survey.add(rows_of(name), name.rpartition("/")[0], place)
        columns = cls(where or (f"{root}/{visible(names[0])}" if len(names) == 1 else root), listing.choice)
        columns._infer(survey, complete=complete)
        if not survey.num_rows:
            raise columns._unreadable(survey)
        columns._check(survey)
        return columns

    @classmethod
    def of_sidecars(cls, rows: Iterable[Row], where: str, choice: Choice, *, complete: bool) -> Columns:
        """Infer the meaning of the columns of JSON files beside media: texts only, and there may be none.

        Args:
            rows: The objects.
            where: Name of the folder in errors.
            choice: What the user chose to read.
            complete: Whether these are all objects, or a sample of them.
        """
        survey = Survey(None)
        survey.add(enumerate(rows))
        columns = cls(where, choice)
        columns._infer(survey, complete=complete)
        return columns

    def _infer(self, survey: Survey, *, complete: bool) -> None:
        self.num_rows, self.seen = survey.num_rows, tuple(survey.columns)
        files = {column.name for column in survey.columns.values() if column.modality and column.name != _ID}
        for column in survey.columns.values():
            if not self._is_described(column, bool(files)):
                self._place(column, complete=complete)
        self.by_stem = frozenset(name for name in self.media if survey.columns[name].by_stem)
        if not self.media and not self.texts:
            self._take_constants(survey)

    def _is_described(self, column: Column, has_files: bool) -> bool:
        """Whether a column describes the record, or the samples that the folder holds, instead of being a field."""
        name = column.name
        if name == _ID:
            return has_files or column.modality is None
        return name in raw.RESERVED or name in OURS or name.startswith(UNREAD)

    def _place(self, column: Column, *, complete: bool) -> None:
        name, why = column.name, ""
        names = [name, name.partition(".")[0], field_name(name), _media_field(name, column.modality or "")]
        if not self.choice.takes(*names):
            why = "not among --columns" if self.choice.only else "--leave-out"
            self.unread |= {column.modality} if column.modality else set()
        elif column.modality:
            field = _media_field(name, column.modality)
            taken = {field for field, _ in self.media.values()} | set(self.texts.values())
            self.media[name] = ((field_name(name) or field) if field in taken else field, column.modality)
        elif column.odd:
            why = f"no file has a known extension, e.g. {visible(column.odd, 60)}"
        elif not field_name(name):
            why = "it has no name"
        elif self.choice.names(*names) and (column.texts or column.others):
            self.texts[name] = field_name(name)
        elif not column.texts:
            why = "no value is a text" if column.others else "no row has a value"
        elif name.lower() in _SURE_TEXTS or not (why := column.nothing_said(self.num_rows, complete=complete or name in _STATES)):
            self.texts[name] = field_name(name)
        if why:
            self.left_out[name] = why

    def _take_constants(self, survey: Survey) -> None:
        """Read columns of which every value is the same, because there are no others."""
        for name, why in list(self.left_out.items()):
            if why == survey.columns[name].always(self.num_rows):
                self.texts[name] = field_name(name)
                del self.left_out[name]

    def _unreadable(self, survey: Survey) -> InputError:
        """The error that no row can be read, with the reasons of the first ones."""
        if not survey.bad:
            return InputError("the table has no readable row: it has none below its header", self.where, "write a row per record")
        reasons = "; ".join(f"{place}: {row.message}" for place, row in survey.bad)
        fixes = [row.fix for _, row in survey.bad if row.fix]
        return InputError(f"the table has no readable row: {reasons}", self.where, fixes[0] if fixes else "correct its rows")

    def _check(self, survey: Survey) -> None:
        names = [name for name, _ in self.media.values()] + list(self.texts.values())
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InputError(f"two columns map to the field {visible(twice)}", self.where, "rename one of them, or --leave-out one")
        if names:
            return
        check_names(self.choice, (), self)
        odd = [column for column in survey.columns.values() if column.odd]
        if odd:
            what = f"no file of the column {visible(odd[0].name)} has a known extension, e.g. {visible(odd[0].odd, 60)}"
            raise InputError(what, self.where, f"use {registry.some_suffixes()}, ...")
        shown = [f"{visible(name, 40)} ({why})" for name, why in self.left_out.items()]
        rest = [visible(name, 40) for name in self.seen if name not in self.left_out]
        if self.choice.only or self.choice.without:
            raise UsageError("no field is left to read", "--columns, --leave-out", f"choose from: {', '.join([*shown, *rest][:10])}")
        raise InputError(
            f"no column contains texts or file names; columns: {', '.join([*shown, *rest][:10])}",
            self.where,
            "name columns caption, photo_file_name, sound_file_name, ..., or choose some with --columns",
        )

    @property
    def names_of_left_out(self) -> set[str]:
        """Names that the columns which are not read would have as fields."""
        return {field_name(name) for name in self.left_out} | {_media_field(name, "") for name in self.left_out}

    def fields(self) -> dict[str, str]:
        """Field names and modalities."""
        return {**dict.fromkeys(self.texts.values(), registry.inline()), **dict(self.media.values())}

    def records_of_tables(
        self,
        names: Sequence[str],
        rows_of: Callable[[str], Iterable[tuple[int, Row]]],
        listing: Listing,
        split_for: Callable[[str], str | None],
    ) -> Iterator[RawRecord | RawReject]:
        """One record per row of all tables of a folder (more where a row has a list of texts), then the files that no row names.

        Args:
            names: Relative paths of the tables.
            rows_of: Numbered rows of a table.
            listing: The folder.
            split_for: Split named by a table's path.
        """
        self.used, finder = Used(files=set(names)), Finder(listing)
        for name in names:
            yield from self._records(rows_of(name), name, finder, split_for(name))
        yield from listing.problems()
        yield from (reject for reject in listing.unpaired(self.used.files) if modality_of(reject.path) not in self.unread)

    def _records(self, rows: Iterable[tuple[int, Row]], file: str, finder: Finder, split: str | None) -> Iterator[RawRecord | RawReject]:
        """Records of the rows of `file`, and their problems; `split` is that of rows that do not give one."""
        base, table = file.rpartition("/")[0], printable(file)
        for number, row in rows:
            place = f"{table}:{number}"
            if isinstance(row, BadRow):
                yield RawReject(place, place, "ROW_INVALID", f"{row.message}; {row.fix}" if row.fix else row.message)
                continue
            yield from Reading(self, row, place, finder, self.used, base, split).results()

    def account(self, ledger: Ledger, source: str, told: Collection[str] = ()) -> None:
        """Note what each column is read as, and which are left out.

        Args:
            ledger: What the stage did so far.
            source: Name of the table or tables.
            told: Columns that were already noted.
        """
        for column, name in self.texts.items():
            if column not in told:
                ledger.read(registry.find(registry.inline()).plural, name, f"column {visible(column)} of {source}")
        for column, (name, modality) in self.media.items():
            how = "column {} of {}, which names files without their extension" if column in self.by_stem else "column {} of {}"
            ledger.read(registry.find(modality).plural, name, how.format(visible(column), source))
        for word in raw.WORDS:
            if word in self.seen and word not in self.choice.without:
                ledger.note(f"{word}s from", f"column {word}", source)
        for column, (rows, texts) in self.used.lists.items():
            ledger.note("lists", f"column {visible(column)}", f"a record per text: {rows:,} rows have lists, of {texts:,} texts together")
        for column, why in self.left_out.items():
            ledger.leave_out(f"column {visible(column)}", why)


def _media_field(column: str, modality: str) -> str:
    return field_name(_FILE_WORDS.sub("", column)) or modality if column != _ID else modality
