"""Read an `embeddings` artifact: its records, its vectors, and vectors of new items."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays, records, store
from mmcli.artifacts.records import Records
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError, UsageError
from mmcli.core.ui import Ui
from mmcli.modalities import codec_of
from mmcli.modalities.base import Codec, Reject
from mmcli.modalities.network_fit import checked_codecs
from mmcli.modalities.remarks import warn_of_items
from mmcli.modalities.sequences import PaddedItems
from mmcli.nn import runtime

Array = npt.NDArray[Any]


class Embedded:
    """An `embeddings` artifact.

    Args:
        folder: Its folder.

    Attributes:
        table: The records.
        modality: Field name to modality, in the order of the artifact.
    """

    def __init__(self, folder: Path) -> None:
        self.source = store.open_artifact(folder, "embeddings")
        self.where = visible(folder)
        self.table: Records = records.read(folder)
        self.modality = {name: str(entry["modality"]) for name, entry in self.source.manifest.fields.items()}
        if not self.modality:
            raise InputError("the embeddings have no fields", self.where, "rerun preprocess and embed")

    def field(self, name: str | None, flag: str, *, modality: str = "", other_than: str = "") -> str:
        """Check the name of a field, or choose one.

        Args:
            name: Name from the user; `None` to choose one.
            flag: The option, for the error.
            modality: Restrict to this modality.
            other_than: Prefer a field of a modality other than this.

        Raises:
            UsageError: There is no such field.
        """
        fits = [n for n, kind in self.modality.items() if modality in ("", kind)]
        if name:
            if name in fits:
                return name
            kind = f" of modality {modality}" if modality and name in self.modality else ""
            raise UsageError(f"no field {visible(name)}{kind}", flag, f"fields: {', '.join(fits) or ', '.join(self.modality)}")
        if not fits:
            raise UsageError(f"the embeddings have no field of modality {modality}", flag, f"fields: {', '.join(self.modality)}")
        return next((n for n in fits if self.modality[n] != other_than), fits[0])

    def rows(self, field: str, split: str) -> Array:
        """Row numbers of the records of a split (or `all`) that have the field."""
        chosen = self.split(split)
        return chosen[self.table.present(field)[chosen]]

    def split(self, name: str) -> Array:
        """Row numbers of all records of a split (or `all`)."""
        return np.arange(len(self.table)) if name == "all" else self.table.rows(name)

    def vectors(self, field: str) -> Array:
        """Unit vectors `[N, d]` of a field, as a memory map; zero rows for records without it.

        Raises:
            IntegrityError: Their number does not match the records.
        """
        found = arrays.load(self.source.file(f"vectors/{field}.npy"))
        if found.ndim != 2 or len(found) != len(self.table) or found.dtype.kind != "f":
            problem = f"the vectors of {visible(field)} are {found.dtype} {found.shape}, but there are {len(self.table):,} records"
            raise IntegrityError(problem, self.where, "rerun embed")
        return found

    def codec(self, field: str) -> Codec:
        """Codec of a field."""
        return codec_of(self.source, field)

    def name_of(self, row: int, field: str) -> str:
        """Display name of a record: its text in that field, otherwise its id."""
        texts = self.table.columns.get(f"{field}.text")
        return str(texts[row]) if texts is not None and texts[row] is not None else str(self.table.ids[row])

    def encode(self, items: Sequence[tuple[str, str]], ui: Ui, seed: int) -> Array:
        """Unit vectors `[n, d]` of new items, each a field and a text or path; warns of unknown words, silence, and what is cut off.

        Raises:
            InputError: A file cannot be used.
        """
        codecs = checked_codecs(self.source, {field for field, _ in items})
        read = [(field, _read(codecs[field], value)) for field, value in items]
        warn_of_items(codecs, items, ui)
        runtime.start(ui, seed)
        from mmcli.conditioning.encoders import Encoders

        fields = list(dict.fromkeys(field for field, _ in read))
        encoders = Encoders(self.source.path, fields)
        found: list[Array] = [np.zeros(0)] * len(read)
        for field in fields:
            numbers = [i for i, (name, _) in enumerate(read) if name == field]
            rows = _network_form(codecs[field], [read[i][1] for i in numbers])
            for i, vector in zip(numbers, encoders.vectors(field, rows), strict=True):
                found[i] = vector
        return np.stack(found)


def _network_form(codec: Codec, items: Sequence[Array]) -> Array:
    return codec.to_network(PaddedItems(codec.sequences(items))[:])


def _read(codec: Codec, value: str) -> Array:
    try:
        return codec.read_given(value)
    except Reject as error:
        raise InputError(f"the item cannot be used: {error.message}", visible(value), "use another one") from None
