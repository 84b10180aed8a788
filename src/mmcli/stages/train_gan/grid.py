"""Samples of fixed conditions and seeds while a generator trains, beside the records they are conditioned on."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import jsonio
from mmcli.artifacts.preview import Preview
from mmcli.artifacts.records import Records
from mmcli.core.display import visible
from mmcli.generators.base import TrainingData
from mmcli.modalities import label, registry
from mmcli.modalities.show import View
from mmcli.training.observer import Samples, Shown

if TYPE_CHECKING:
    from mmcli.training.trainer import Trainer

Array = npt.NDArray[Any]
FOLDER = "samples"
LOOKS = "look"  # in the build folder, until training is finished: not part of the artifact
REAL = "real"
CONDITIONS = "conditions.json"
NUM_ITEMS = 32
_NUM_FILES = 4
_MOST_CAPTION = 60


class Conditions:
    """The records whose conditions the grid shows.

    Args:
        table: All records.
        numbers: `[n]` numbers of the records.
        given: Names of the given fields.
    """

    def __init__(self, table: Records, numbers: Sequence[int], given: Sequence[str]) -> None:
        self.ids = [table.ids[i] for i in numbers]
        labels, texts = table.labels, [table.columns[f"{name}.text"] for name in given if f"{name}.text" in table.columns]
        present = {name: table.present(name) for name in given if name != label.FIELD}
        self.captions = [
            _caption([text[i] for text in texts], [name for name in present if present[name][i]], labels[i] if given else None)
            for i in numbers
        ]


def _caption(texts: Sequence[str | None], names: Sequence[str], known: str | None) -> str:
    """The first given text, otherwise the names of the given fields with the record's label; empty without a condition."""
    said = ", ".join(names)
    named = f"{said} ({known})" if said and known else said or known or ""
    return next((text for text in texts if text), named)


class GridWriter:
    """Writes a contact sheet and a few files for fixed conditions and seeds.

    Args:
        trainer: The generator.
        real: Training data; the held-out records come first.
        conditions: Says for record numbers what they are conditioned on.
        numbers: Record numbers of the held-out records, or of the train records if there are none.
        folder: The build folder.
        preview: Shows the files in the output folder.
    """

    def __init__(
        self, trainer: Trainer, real: TrainingData, table: Records, numbers: Array, given: Sequence[str], folder: Path, preview: Preview
    ) -> None:
        self._trainer, self._codec, self._folder, self._preview = trainer, real.codec, folder, preview
        self._show = registry.find(real.codec.modality).shown()
        fields, rows = (real.held_out, real.held_out_rows) if len(real.held_out) else (real.given, real.rows)
        first = np.argsort(~fields.present.any(1), kind="stable")[:NUM_ITEMS]  # records with a given field come first
        shown = np.resize(first, NUM_ITEMS)
        self._conditions = fields.full(shown)
        self.conditions = Conditions(table, [int(numbers[i]) for i in shown], given)
        self._real = np.asarray(rows[shown])
        self.latest = Samples(0.0)
        self._real_views: list[View] = []
        self._real_sheet: Array | None = None

    def tick(self, x: float) -> Samples:
        """Write `samples/KIMG.png` and single items."""
        folder = self._folder / FOLDER
        if not (folder / CONDITIONS).is_file() or not self._real_views:
            self._write_real(folder)
        rows = self._rows()
        sheet, paths = self._write(rows, folder, f"{x:09.1f}")
        return self._samples(x, sheet, paths)

    def look(self, x: float) -> Samples:
        """The same between ticks, without files that stay."""
        if not self._real_views:
            self._write_real(self._folder / FOLDER)
        rows, folder = self._rows(), self._folder / LOOKS
        folder.mkdir(exist_ok=True)
        paths = self._write_items(rows[: self._show.num_samples], folder, "look")
        return self._samples(x, self._sheet(rows) if self._show.on_sheets else None, paths)

    def _rows(self) -> Array:
        return self._codec.from_network(self._trainer.sample(self._conditions, list(range(NUM_ITEMS))))

    def _samples(self, x: float, sheet: Array | None, paths: Sequence[Path]) -> Samples:
        views = [self._show.file(path) for path in paths[: self._show.num_samples]]
        singles = [
            Shown(caption, view.text, view.wave, view.rate_hz, real.text, real.wave)
            for caption, view, real in zip(self.conditions.captions, views, self._real_views, strict=False)
        ]
        on_sheet = self._show.on_sheets
        self.latest = Samples(x, sheet if on_sheet else None, singles, self._real_sheet if on_sheet else None)
        return self.latest

    def _write_real(self, folder: Path) -> None:
        """Write the records themselves, and what they are conditioned on."""
        folder.mkdir(exist_ok=True)
        entries = [{"id": i, "condition": text} for i, text in zip(self.conditions.ids, self.conditions.captions, strict=True)]
        jsonio.write(folder / CONDITIONS, entries)
        self._real_sheet, paths = self._write(self._real, folder, REAL)
        self._real_views = [self._show.file(path) for path in paths]

    def _write(self, rows: Array, folder: Path, name: str) -> tuple[Array, list[Path]]:
        """Write and show a contact sheet and single items; returns the sheet and the paths of the items."""
        from PIL import Image

        sheet, path = self._sheet(rows), folder / f"{name}.png"
        Image.fromarray(sheet).save(path)
        paths = self._write_items(rows[:_NUM_FILES], folder, name)
        self._preview.show(f"{FOLDER}/{CONDITIONS}", *(f"{FOLDER}/{one.name}" for one in (path, *paths)))
        return sheet, paths

    def _write_items(self, rows: Array, folder: Path, name: str) -> list[Path]:
        return [self._codec.write(row, folder / f"{name}-{i}") for i, row in enumerate(rows)]

    def _sheet(self, rows: Array) -> Array:
        captions = self.conditions.captions
        return self._codec.sheet(rows, [visible(text, _MOST_CAPTION) for text in captions] if any(captions) else None)

    def finish(self) -> None:
        """Delete what does not belong to the artifact."""
        shutil.rmtree(self._folder / LOOKS, ignore_errors=True)
