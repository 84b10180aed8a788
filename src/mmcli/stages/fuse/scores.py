"""Scores of a trained fusion: subsets of fields, single fields, noise; as numbers and as lines of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts.records import scored_split
from mmcli.conditioning.embedded_records import EmbeddedRecords
from mmcli.conditioning.fuser import Fuser
from mmcli.core.display import visible
from mmcli.core.streams import Purpose, generator
from mmcli.metrics import subsets
from mmcli.metrics.probe import Probe, probe_of
from mmcli.metrics.subsets import Sample

Array = npt.NDArray[Any]
_MAX_PROBE_TRAIN, _MAX_SCORED = 10_000, 2_000
_MAX_SUBSET_FIELDS = 6
_MAX_ATTENTION = 256
_COLUMNS = {"accuracy": "accuracy", "unfused": "unfused", "retrieval": "retrieval", "reconstruction": "cosine"}


def score(fuser: Fuser, data: EmbeddedRecords, seed: int) -> dict[str, Any]:
    """Score every subset of the fields (if there are at most six), each field alone, and robustness to noise."""
    split = scored_split(data.rows)
    fitted, alone = _fit_probes(fuser, data, _some_rows(data, "train", _MAX_PROBE_TRAIN, seed))
    batch = data.read(_some_rows(data, split, _MAX_SCORED, seed))
    test = Sample(batch.tokens, batch.vectors, batch.present, batch.labels)

    def run(tokens: Array, mask: Array) -> Array:
        return fuser.forward(tokens, mask)[0]

    summary: dict[str, Any] = {"scored_on": split, "subsets": {}, "alone": subsets.score_alone(alone, test, data.fields)}
    if len(data.fields) <= _MAX_SUBSET_FIELDS:
        summary["subsets"] = subsets.score_subsets(run, fuser.predict_fields, fitted, test, data.fields)
    complete = np.flatnonzero(test.present.all(1))[:_MAX_ATTENTION]
    weights = fuser.attention(test.tokens[complete], test.present[complete]) if len(complete) else None
    if weights is not None:
        fractions = weights.sum(2).mean(0)
        summary["attention"] = {name: float(fraction) for name, fraction in zip(data.fields, fractions, strict=True)}
    if fitted is not None:
        summary["noise"] = subsets.noise_curves(run, fitted, test, data.fields, seed)
    return summary


def _fit_probes(fuser: Fuser, data: EmbeddedRecords, rows: Array) -> tuple[Probe | None, list[Probe | None]]:
    """A probe on the fused state of complete records, and one per field on its own vectors."""
    complete = rows[data.present[rows].all(1)]
    if len(set(data.labels[complete].tolist()) - {-1}) < 2:
        complete = rows
    conditions = []
    for begin in range(0, len(complete), fuser.chunk):
        batch = data.read(complete[begin : begin + fuser.chunk])
        conditions.append(fuser.forward(batch.tokens, batch.present)[0])
    own = []
    for number in range(len(data.fields)):
        having = rows[data.present[rows, number]]
        own.append(probe_of(data.read_vectors(number, having), data.labels[having]))
    return probe_of(np.concatenate(conditions), data.labels[complete]), own


def _some_rows(data: EmbeddedRecords, split: str, most: int, seed: int) -> Array:
    """At most `most` records of a split, sampled with the seed; ascending."""
    rows = data.rows(split)
    if len(rows) <= most:
        return rows
    return np.sort(generator(seed, Purpose.FUSE_SAMPLE).choice(rows, most, replace=False))


def subset_lines(scores: dict[str, Any]) -> list[str]:
    """The subsets' scores, with the unfused score of each single field."""
    rows = {name: {**row, "unfused": scores["alone"].get(name)} for name, row in scores["subsets"].items()}
    return table_lines("fields", rows, _COLUMNS)


def noise_lines(scores: dict[str, Any]) -> list[str]:
    """Accuracy on complete records with noise on one field's tokens, and of that field alone."""
    rows = scores.get("noise", {})
    levels = list(next(iter(rows.values()), {}))
    return table_lines("noise / signal", rows, {level: level for level in levels})


def attention_line(scores: dict[str, Any]) -> str:
    """Attention by field on complete records, as text."""
    fractions = scores.get("attention", {})
    return ", ".join(f"{visible(name)} {100 * fraction:.0f} %" for name, fraction in fractions.items())


def table_lines(head: str, rows: dict[str, dict[str, Any]], columns: dict[str, str]) -> list[str]:
    """A table as lines of text.

    Args:
        head: Header of the first column.
        rows: Name to scores.
        columns: Scores to show, with their headers; scores that no row has are omitted.
    """
    used = {key: title for key, title in columns.items() if any(row.get(key) is not None for row in rows.values())}
    if not rows:
        return []
    width = max(len(visible(name)) for name in [head, *rows]) + 2
    lines = [f"{head:<{width}}" + "".join(f"{title:>{_width(title)}}" for title in used.values())]
    for name, row in rows.items():
        lines.append(f"{visible(name):<{width}}" + "".join(f"{_cell(row.get(key)):>{_width(title)}}" for key, title in used.items()))
    return [text.rstrip() for text in lines]


def _width(title: str) -> int:
    return max(len(title), 6) + 3


def _cell(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,}" if isinstance(value, int) else f"{value:.3f}"


def digest(scores: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """One row of a comparison: all fields, the mean and the worst single field, the noisiest case."""
    table, singles = scores["subsets"], [scores["subsets"][name] for name in fields if name in scores["subsets"]]
    complete = table.get("+".join(fields), {})
    worst_noise = [curve[max(curve, key=float)] for name, curve in scores.get("noise", {}).items() if name in fields]
    found = {
        "accuracy": complete.get("accuracy"),
        "single": _mean([row.get("accuracy") for row in singles]),
        "worst": min((row["accuracy"] for row in singles if "accuracy" in row), default=None),
        "noisy": min(worst_noise, default=None),
        "retrieval": _mean([row.get("retrieval") for row in table.values()]),
        "reconstruction": _mean([row.get("reconstruction") for row in table.values()]),
    }
    return {key: value for key, value in found.items() if value is not None}


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
