"""How items are displayed and measured; used by `reporting`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt

from mmcli.artifacts.records import Records
from mmcli.artifacts.store import Artifact
from mmcli.modalities import codec_of
from mmcli.modalities.base import Array, Codec, ContinuousCodec
from mmcli.modalities.fields import open_rows
from mmcli.modalities.sequences import Rows

if TYPE_CHECKING:
    from PIL import Image

_BLOCK = 4096
_SAMPLE = 5000  # number of items to measure, evenly spaced


@dataclass(frozen=True)
class View:
    """An item for display and playback; parts that a modality lacks are left empty.

    Attributes:
        text: Text.
        picture: An image.
        wave: A waveform `[samples]`, int16 or floats.
        rate_hz: Its sampling rate.
    """

    text: str = ""
    picture: Image.Image | None = None
    wave: Array | None = None
    rate_hz: int = 0


@dataclass(frozen=True)
class StoredField:
    """A field of a data set.

    Attributes:
        dataset: The data set.
        table: Its records.
        name: Name of the field.
    """

    dataset: Artifact
    table: Records
    name: str

    @cached_property
    def codec(self) -> Codec:
        """Codec of the field."""
        return codec_of(self.dataset, self.name)

    @cached_property
    def rows(self) -> Rows:
        """Rows `[N, ...]` of all records, read or made when they are asked for."""
        return open_rows(self.dataset, self.name, self.codec)

    def chosen(self, split: str) -> npt.NDArray[np.int64]:
        """Records of a split that have the field."""
        numbers = self.table.rows(split)
        return numbers[self.table.present(self.name)[numbers]]

    def column(self, name: str) -> list[Any] | None:
        """A column that the modality added to the records table, if it did."""
        return self.table.columns.get(f"{self.name}.{name}")


class Show:
    """How a modality is displayed; modalities override what they support.

    Attributes:
        histograms: Keys of `measure` with histograms, and their titles.
        counts: Keys of `measure` with pairs of a word and a count, and their titles.
        remarks: Keys of `measure` with a noteworthy number, and the text that follows it.
        on_sheets: Whether many items are best shown side by side as images.
        num_samples: Number of single files to show for a generator, in addition to the contact sheet.
        style: Layout of items on a page: a `picture` keeps its shape, a `strip` is stretched, `words` are text.
    """

    histograms: ClassVar[Mapping[str, str]] = {}
    counts: ClassVar[Mapping[str, str]] = {}
    remarks: ClassVar[Mapping[str, str]] = {}
    on_sheets: ClassVar[bool] = True
    num_samples: ClassVar[int] = 0
    style: ClassVar[str] = "picture"

    def row(self, codec: Codec, row: Array) -> View:
        """A row alone."""
        return View(picture=codec.picture(row)) if isinstance(codec, ContinuousCodec) else View()

    def file(self, source: Path | str) -> View:
        """Content of a file, or an inline text."""
        del source
        return View()

    def made(self, codec: Codec, row: Array, source: Path | str | None) -> View:
        """A generated item: its row, and its file or text if there is one."""
        del source
        return self.row(codec, row)

    def record(self, field: StoredField, number: int) -> View:
        """A record's item, as close to the original as the data set allows."""
        return self.row(field.codec, np.asarray(field.rows[number]))

    def as_made(self, field: StoredField, numbers: Array) -> Iterator[View]:
        """Real items in the form of generated ones, so that both can be read in the same way."""
        return (self.record(field, int(number)) for number in numbers)

    def measure(self, field: StoredField, present: Array) -> dict[str, Any]:
        """Statistics of the present records' items as JSON values; see the attributes for their kinds."""
        del field, present
        return {}


def spread(present: Array) -> Array:
    """At most a few thousand record indices, evenly spaced."""
    return present if len(present) <= _SAMPLE else present[np.linspace(0, len(present) - 1, _SAMPLE).astype(int)]


def blocks(rows: Rows, chosen: Array) -> Iterator[Array]:
    """The chosen rows, a few thousand at a time."""
    for start in range(0, len(chosen), _BLOCK):
        yield np.asarray(rows[chosen[start : start + _BLOCK]])
