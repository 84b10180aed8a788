"""How like items are to what they should be; used by `evaluate`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from mmcli.metrics.bootstrap import Pooled
from mmcli.modalities.base import Array, Codec
from mmcli.modalities.show import StoredField

Forms = Sequence[Any]


class Likeness:
    """How items of a modality are compared, in a form of its own; by default rows, which nothing but the judge compares.

    Attributes:
        by_features: Whether the judge's features of two items are also compared.
    """

    by_features: ClassVar[bool] = True

    def most(self, codec: Codec) -> int:
        """Number of samples to compare, since comparing takes long."""
        del codec
        return 500

    def made(self, codec: Codec, rows: Array, sources: Sequence[Path | str | None]) -> Forms:
        """Generated items: their rows, and their files or texts, `None` where there is none."""
        del codec, sources
        return list(rows)

    def real(self, field: StoredField, numbers: Array, like: Codec | None = None) -> Forms:
        """Real items of records, as a generator with the codec `like` writes them; by default the codec of the field."""
        del like
        return self.made(field.codec, np.asarray(field.rows[numbers]), [None] * len(numbers))

    def comparable(self, one: Codec, other: Codec) -> bool:
        """Whether items of two fields can be compared."""
        return one.modality == other.modality and one.row_shape == other.row_shape

    def scores(self, items: Forms, references: Sequence[Forms]) -> dict[str, Pooled]:
        """Scores by name of N items, each with one or more references, of which the best one counts."""
        del items, references
        return {}


LIKENESS = Likeness()
