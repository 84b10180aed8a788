"""Open a raw folder: detect its layout and read its records."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from mmcli.artifacts import manifest
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError, UsageError
from mmcli.core.ledger import Ledger
from mmcli.data.layouts.alone import table_alone
from mmcli.data.layouts.base import Choice, RawRecord, RawReject
from mmcli.data.layouts.choosing import check_choice, chosen, only_fields
from mmcli.data.layouts.coco import CocoCaptions
from mmcli.data.layouts.flickr import Flickr
from mmcli.data.layouts.layout import Layout
from mmcli.data.layouts.listing import Listing
from mmcli.data.layouts.lookalikes import check_fields
from mmcli.data.layouts.metadata import MetadataFile
from mmcli.data.layouts.nemo import NemoManifest
from mmcli.data.layouts.open_clip import OpenClip
from mmcli.data.layouts.parallel import ParallelFolders
from mmcli.data.layouts.parquet import ParquetTables
from mmcli.data.layouts.stems import ClassFolders, NestedFolders, RecordFolders, SameStem
from mmcli.data.layouts.tables import Tables
from mmcli.data.layouts.webdataset import WebDataset
from mmcli.modalities import registry

# In the order in which they are tried, the least specific last.
LAYOUTS: tuple[type[Layout], ...] = (
    MetadataFile,
    WebDataset,
    ParquetTables,
    CocoCaptions,
    NemoManifest,
    Flickr,
    OpenClip,
    Tables,
    ParallelFolders,
    RecordFolders,
    NestedFolders,
    ClassFolders,
    SameStem,
)


def layout_names() -> tuple[str, ...]:
    """Names that `--format` accepts, `auto` first."""
    return ("auto", *(layout.name for layout in LAYOUTS))


_RAW_KINDS = ("raw", "samples")


class RawFolder:
    """A raw folder with a known layout; see `read_raw`."""

    def __init__(self, listing: Listing, layout: type[Layout]) -> None:
        self._listing, self._layout = listing, layout
        self.layout = layout.name

    @cached_property
    def _reader(self) -> Layout:
        try:
            return self._layout(self._listing)
        except InputError as error:
            likely = next((known.name for known in LAYOUTS if known.recognise(self._listing)), self.layout)
            if likely == self.layout:
                raise
            raise InputError(error.what, error.where, f"the folder looks like {likely}: omit --format, or use --format {likely}") from None

    @property
    def num_items(self) -> int:
        """Approximate number of items, for a progress bar: rows times fields, otherwise files."""
        return self._reader.num_rows * len(self.fields) or len(self._listing.files)

    @cached_property
    def fields(self) -> dict[str, str]:
        """Field names and their modality.

        Raises:
            InputError: The folder has no field, or two whose names look alike.
            UsageError: A chosen column or field does not exist.
        """
        found, columns = self._reader.fields(), self._reader.columns
        check_choice(self._listing.choice, found, columns)
        kept = chosen(self._listing.choice, found, columns)
        check_fields(kept, visible(self._listing.root))
        return kept

    def fingerprint(self) -> str:
        """Digest of every file's path, size and modification time; opens no file."""
        return self._listing.fingerprint()

    def warnings(self) -> list[str]:
        """What of the folder could be read otherwise, and names that nearly pair."""
        return self._reader.warnings()

    def pairing_advice(self) -> str:
        """What makes the fields of a record belong together."""
        return self._reader.pairing_advice()

    def records(self) -> Iterator[RawRecord | RawReject]:
        """Records and problems, in a stable order; every call starts over.

        A problem with one field is a `RawReject` with the record's id, followed by the record
        without that field if it has another one.
        """
        dropped = self._reader.fields().keys() - self.fields.keys()
        return only_fields(self._reader.records(), dropped) if dropped else self._reader.records()

    def account(self, ledger: Ledger) -> None:
        """Note what is read as what, and what is left out; complete once all records were read."""
        self._listing.account(ledger)
        self._reader.account(ledger)
        for name in sorted(self._reader.fields().keys() - self.fields.keys()):
            ledger.leave_out(f"field {name}", "--columns or --leave-out")


def read_raw(root: Path, *, layout: str = "auto", choice: Choice | None = None) -> RawFolder:
    """Open a raw folder or a single table.

    Args:
        root: The folder, or a CSV, TSV, JSON or Parquet file.
        layout: One of `layout_names()`.
        choice: Columns and fields to read, and the encoding of tables.

    Raises:
        UsageError: There is no such layout.
        InputError: It is missing, a file other than a table, empty, or has no known layout.
        IntegrityError: It is an artifact of another kind, such as a dataset.
    """
    if layout not in layout_names():
        raise UsageError(f"unknown format {visible(layout)}", "--format", f"use one of: {', '.join(layout_names())}")
    listing = table_alone(root, choice or Choice()) or Listing(root)
    listing.choice = choice or Choice()
    claimed = manifest.claim(root)
    if claimed and claimed[0] not in _RAW_KINDS:
        what = f"wrong kind of artifact: expected a raw folder, found {visible(claimed[0])}"
        raise IntegrityError(what, visible(root), f"give the folder of {registry.nouns(plural=True)} that it was made from")
    if not listing.files:
        odd = next(listing.problems(), None)
        what = "the folder contains no files" + (f" that can be read; {visible(odd.path)}: {odd.message}" if odd else "")
        raise InputError(what, visible(root), f"put {registry.nouns(plural=True)} into it; mmcli demo-data writes an example")
    if layout != "auto":
        return RawFolder(listing, next(known for known in LAYOUTS if known.name == layout))
    found = next((known for known in LAYOUTS if known.recognise(listing)), None)
    if found:
        return RawFolder(listing, found)
    fix = f"put {registry.nouns(plural=True)} into it ({registry.some_suffixes()}, ...), or a table such as metadata.csv"
    raise InputError("the folder's layout is not recognised", visible(root), fix)
