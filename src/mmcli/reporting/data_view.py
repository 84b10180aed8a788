"""Sections of the page about a data set: examples, balance, lengths, rejects."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from mmcli.artifacts import jsonlines, records
from mmcli.artifacts.records import Records
from mmcli.artifacts.score_files import check_figures
from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.modalities import registry
from mmcli.modalities.show import StoredField
from mmcli.reporting import charts, preview
from mmcli.reporting.lineage import Node
from mmcli.reporting.media import Budget, Item, image_uri, item_of

_MAX_LABELS = 24
_MOST_REJECTS = 8
_MOST_WORDS = 15
_SHEET_ITEMS = 48


class DataSet:
    """A data set whose records can be shown on the page.

    Args:
        artifact: The data set.
    """

    def __init__(self, artifact: Artifact) -> None:
        self.artifact = artifact
        self.table: Records = records.read(artifact.path)
        self.fields = {name: StoredField(artifact, self.table, name) for name in artifact.manifest.fields}
        self._row_of = {identity: i for i, identity in enumerate(self.table.ids)}

    def item(self, name: str, row: int, budget: Budget) -> Item | None:
        """A record's field, or `None` if it lacks the field."""
        if name not in self.fields or not self.table.present(name)[row]:
            return None
        field = self.fields[name]
        modality = registry.find(field.codec.modality)
        return item_of(modality.shown().record(field, row), budget, modality)

    def find(self, identity: Any) -> int | None:
        """Row index of a record id."""
        return self._row_of.get(str(identity))


def data_view(node: Node, data: DataSet, num_examples: int, budget: Budget) -> dict[str, Any]:
    """Context of a data set's section."""
    return {
        "node": node,
        "examples": _examples(data, num_examples, budget),
        "fields": [_field_row(node, name) for name in data.fields],
        "balance": _balance(data.table),
        "measures": _measures(data, budget),
        "rejects": _rejects(node),
    }


def spread(labels: Sequence[str | None], order: Sequence[int], count: int) -> list[int]:
    """Choose rows by cycling through labels, each in the given order."""
    queues: dict[str, list[int]] = defaultdict(list)
    for row in order:
        queues[labels[row] or ""].append(row)
    chosen: list[int] = []
    while len(chosen) < count and any(queues.values()):
        chosen += [queues[name].pop(0) for name in sorted(queues) if queues[name]]
    return chosen[:count]


def _examples(data: DataSet, count: int, budget: Budget) -> list[dict[str, Any]]:
    names = list(data.fields)
    complete = np.sum([data.table.present(name) for name in names], axis=0)
    order = np.argsort(-complete, kind="stable").tolist()
    found = []
    for row in spread(data.table.labels, order, count):
        items = [(name, data.item(name, row, budget)) for name in names]
        found.append({"label": data.table.labels[row], "id": data.table.ids[row], "items": [(name, item) for name, item in items if item]})
    return found


def _field_row(node: Node, name: str) -> dict[str, Any]:
    entry = node.body.fields[name]
    facts = {key: value for key, value in entry.items() if key not in ("modality", "shape")}
    present = node.body.counts.get("present", {}).get(name)
    return {"name": name, "modality": entry.get("modality"), "shape": entry.get("shape"), "present": present, "facts": facts}


def _balance(table: Records) -> dict[str, Any]:
    """Records per label and split, as fractions of the largest label."""
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for label, split in zip(table.labels, table.columns["split"], strict=True):
        counted[label or "(no label)"][split] += 1
    total = Counter[str]()
    for split_counts in counted.values():
        total.update(split_counts)
    largest = max((sum(c.values()) for c in counted.values()), default=1)
    names = sorted(counted, key=lambda name: (-sum(counted[name].values()), name)) if len(counted) > _MAX_LABELS else sorted(counted)
    rows = [
        {
            "name": name,
            "total": sum(counted[name].values()),
            "parts": [(split, counted[name][split], 100 * counted[name][split] / largest) for split in records.SPLITS],
        }
        for name in names[:_MAX_LABELS]
    ]
    return {"rows": rows, "total": dict(total), "more": max(0, len(names) - _MAX_LABELS), "labelled": set(counted) != {"(no label)"}}


def _measures(data: DataSet, budget: Budget) -> list[dict[str, Any]]:
    """The statistics of `info --preview` per field: duplicates, histograms, words, parts of speech, contact sheet."""
    found = []
    for name, facts in preview.measure(data.artifact, data.table).items():
        show = registry.find(facts["modality"]).shown()
        known = [(key, title) for key, title in show.histograms.items() if key in facts]
        drawn = [(title, charts.bars(facts[key]["counts"], facts[key]["edges"], title)) for key, title in known]
        counted = [(title.capitalize(), preview.pairs(facts.get(key, ()))) for key, title in show.counts.items()]
        sheet = ""
        if show.on_sheets and any(facts["present"].values()):
            sheet = budget.spend(image_uri(Image.fromarray(preview.sheet(data.artifact, name, _SHEET_ITEMS))))
        found.append(
            {
                "name": name,
                "duplicates": facts["duplicates"],
                "charts": [(title, chart) for title, chart in drawn if chart],
                "counted": [(title, _as_bars(rows[:_MOST_WORDS])) for title, rows in counted if rows],
                "remarks": [(facts[key], words) for key, words in show.remarks.items() if facts.get(key)],
                "sheet": sheet,
            }
        )
    return found


def _as_bars(rows: Sequence[Sequence[Any]]) -> list[tuple[str, int, float]]:
    """Word, count, and count as a percentage of the largest."""
    most = max(count for _, count in rows)
    return [(word, count, 100 * count / most) for word, count in rows]


def _rejects(node: Node) -> dict[str, Any]:
    lines = read_lines(node.artifact, "rejects.jsonl")
    codes = Counter(str(line.get("code")) for line in lines)
    shown = [{key: visible(line.get(key, ""), 160) for key in ("id", "path", "code", "message")} for line in lines[:_MOST_REJECTS]]
    return {"codes": codes.most_common(), "lines": shown, "more": max(0, len(lines) - _MOST_REJECTS)}


def read_figures(artifact: Artifact) -> list[dict[str, Any]]:
    """Lines of the log of a training, each with numbers by name; corrupted lines are skipped.

    Raises:
        IntegrityError: A line holds something else.
    """
    lines = read_lines(artifact, "metrics.jsonl")
    return check_figures(lines, artifact.path / "metrics.jsonl") if lines else []


def read_lines(artifact: Artifact, name: str, most_bytes: int = 64 * 2**20) -> list[dict[str, Any]]:
    """Objects of a JSON Lines file of an artifact; corrupted lines are skipped."""
    if name not in artifact.manifest.files or artifact.file(name).stat().st_size > most_bytes:
        return []
    return jsonlines.read_objects(artifact.file(name))
