"""Findings about a raw folder."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from mmcli.core.display import counted, visible
from mmcli.data.layouts.base import RawReject

_SHOWN = 6


@dataclass
class Verdict:
    """Findings about a raw folder.

    Attributes:
        layout: Name of the layout.
        fields: Field name -> modality and number of records with a usable item.
        ok: Number of usable items, before they are split into pieces.
        records: Number of records with at least one usable field.
        together: Fields of a record -> number of records with exactly these.
        labels: Label -> number of records.
        splits: Split given by the folder -> number of records.
        problems: All rejected items.
        warnings: Remarks about usable items.
    """

    layout: str
    fields: dict[str, dict[str, Any]]
    ok: int = 0
    records: int = 0
    together: Counter[tuple[str, ...]] = field(default_factory=Counter)
    labels: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    problems: list[RawReject] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    @property
    def complete(self) -> int:
        """Number of records with all fields."""
        return sum(number for names, number in self.together.items() if len(names) == len(self.fields))

    @property
    def paired(self) -> int:
        """Number of records with at least two fields."""
        return sum(number for names, number in self.together.items() if len(names) > 1)

    def pairs(self) -> dict[tuple[str, str], int]:
        """Number of records that have both of two fields."""
        return {
            pair: sum(number for names, number in self.together.items() if set(pair) <= set(names)) for pair in combinations(self.fields, 2)
        }

    def to_json(self, path: Path) -> dict[str, Any]:
        """JSON value of the verdict."""
        problems = [{"path": p.path, "id": p.id, "code": p.code, "message": p.message} for p in self.problems]
        codes = Counter(p.code for p in self.problems)
        body = {"path": str(path), "layout": self.layout, "fields": self.fields, "records": self.records}
        body |= {"complete": self.complete, "pairs": [{"fields": list(pair), "records": n} for pair, n in self.pairs().items()]}
        body |= {"labels": dict(self.labels.most_common()), "splits": dict(self.splits)}
        return {**body, "problems": problems, "codes": dict(codes), "warnings": self.warnings, "usable": not self.problems}

    def lines(self) -> list[str]:
        """What the set consists of, beyond its fields."""
        found = []
        if len(self.fields) > 1:
            pairs = sorted(self.pairs().items(), key=lambda item: -item[1])
            said = ", ".join(f"{number:,} {visible(one, 40)} with {visible(other, 40)}" for (one, other), number in pairs[:_SHOWN])
            found.append(f"complete records: {self.complete:,} of {self.records:,}; pairs: {said}{_more(len(pairs))}")
        if self.labels:
            said = ", ".join(f"{visible(name, 40)} {number:,}" for name, number in self.labels.most_common(_SHOWN))
            found.append(f"{counted(len(self.labels), 'label')}: {said}{_more(len(self.labels))}")
        if self.splits:
            rest = self.records - self.splits.total()
            said = ", ".join(f"{name} {number:,}" for name, number in sorted(self.splits.items()))
            found.append(f"splits given by the folder: {said}{f', none {rest:,}' if rest else ''}")
        return found


def _more(number: int) -> str:
    return f", and {number - _SHOWN:,} more" if number > _SHOWN else ""
