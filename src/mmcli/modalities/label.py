"""Labels as a condition: class names <-> indices <-> one-hot rows."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from mmcli.core.display import visible
from mmcli.modalities.base import Array, Codec, Reject
from mmcli.modalities.sheets import text_sheet

FIELD = "label"  # name of the records' labels where a field name is expected
ABSENT = -1
_SHOWN = 12


@dataclass(frozen=True)
class LabelCodec(Codec):
    """Maps classes to indices.

    Attributes:
        names: Names of classes 0, 1, ...
    """

    modality: ClassVar[str] = "label"
    in_words: ClassVar[bool] = True

    names: tuple[str, ...]

    @property
    def row_shape(self) -> tuple[int, ...]:
        """`()`: an index."""
        return ()

    @property
    def network_shape(self) -> tuple[int, ...]:
        """`(classes,)`."""
        return (len(self.names),)

    def describe(self) -> dict[str, Any]:
        """Entry of the manifest's `fields`."""
        return {"modality": self.modality, "shape": [], "dtype": "int64", "units": "class number", "classes": len(self.names)}

    def to_json(self) -> dict[str, Any]:
        """JSON value."""
        return {"modality": self.modality, "names": list(self.names)}

    @classmethod
    def from_json(cls, state: dict[str, Any]) -> Self:
        """Inverse of `to_json`; raises `IntegrityError`."""
        from mmcli.artifacts.schema import Names, check

        return cls(tuple(check(Names, state.get("names"), "the list of classes", "")))

    def rows(self, labels: Sequence[str | None]) -> Array:
        """Indices `[N]` of labels, -1 if there is none or the class is unknown."""
        numbers: dict[str | None, int] = {name: number for number, name in enumerate(self.names)}
        return np.array([numbers.get(label, ABSENT) for label in labels], dtype=np.int64)

    def read(self, source: Path | str) -> Array:
        """Index of a class; raises `Reject` if there is no such class."""
        name = str(source)
        if name in self.names:
            return np.array(self.names.index(name), dtype=np.int64)
        near = difflib.get_close_matches(name, self.names, 1)
        known = ", ".join(visible(known) for known in self.names[:_SHOWN]) + (", ..." if len(self.names) > _SHOWN else "")
        raise Reject(
            "LABEL_UNKNOWN", f"no such class; did you mean {visible(near[0])}?" if near else f"no such class; known classes: {known}"
        )

    def to_network(self, rows: Array) -> Array:
        """One-hot `[N, classes]` float32; zeros for -1."""
        return np.asarray(np.asarray(rows)[:, None] == np.arange(len(self.names)), dtype=np.float32)

    def from_network(self, outputs: Array) -> Array:
        """Indices of the largest values."""
        numbers: Array = np.asarray(outputs).argmax(axis=1)
        return numbers

    def write(self, row: Array, stem: Path) -> Path:
        """Write the name as a text file."""
        path = stem.with_name(f"{stem.name}.txt")
        path.write_text(self.names[int(row)] + "\n", encoding="utf-8")
        return path

    def sheet(self, rows: Array, captions: Sequence[str] | None = None, columns: int = 8) -> Array:
        """The names, one per line."""
        del captions, columns
        return text_sheet([self.names[int(row)] for row in rows])
