"""Overview of a data set in numbers and contact sheets, for `info --preview` and the report."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import jsonio, records
from mmcli.artifacts.records import SPLITS, Records
from mmcli.artifacts.store import Artifact
from mmcli.core import display
from mmcli.core.display import visible
from mmcli.modalities import codec_of, registry
from mmcli.modalities.fields import open_rows
from mmcli.modalities.show import StoredField

Array = npt.NDArray[Any]
MOST_LABELS = 50
MOST_EXAMPLES = 3


def preview(artifact: Artifact) -> dict[str, Any]:
    """Compute facts about a `dataset` artifact as JSON values.

    Returns:
        `records`, `splits`, `labels` (records per label and split), `fields` (per field the number
        present by split, duplicates, and histograms and counts of its modality) and `rejects` (number
        and examples per code).
    """
    table = records.read(artifact.path)
    split = list(table.columns["split"])
    return {
        "records": len(table),
        "splits": {name: split.count(name) for name in SPLITS},
        "labels": _labels(table, split),
        "fields": measure(artifact, table),
        "rejects": list(_rejects(artifact)),
    }


def measure(artifact: Artifact, table: Records) -> dict[str, dict[str, Any]]:
    """Per field the number present by split, duplicates, and histograms and counts of its modality."""
    split = list(table.columns["split"])
    return {name: _field(artifact, table, split, name) for name in artifact.manifest.fields}


def sheet(artifact: Artifact, name: str, count: int = 48, columns: int = 8) -> Array:
    """Contact sheet `[H, W, 3]` uint8 of records that have the field, evenly spaced, captioned by label or id."""
    table = records.read(artifact.path)
    present = np.flatnonzero(table.present(name))
    chosen = present[np.linspace(0, len(present) - 1, min(count, len(present))).round().astype(int)] if len(present) else present
    captions = [table.labels[row] or table.ids[row] for row in chosen]
    codec = codec_of(artifact, name)
    return codec.sheet(np.asarray(open_rows(artifact, name, codec)[chosen]), captions, columns)


def write_sheets(artifact: Artifact, folder: Path) -> list[Path]:
    """Write the contact sheet of every field as an image; returns their paths."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for name in artifact.manifest.fields:
        found.append(folder / f"{name}.png")
        Image.fromarray(sheet(artifact, name)).save(found[-1])
    return found


def _labels(table: Records, split: Sequence[str]) -> list[dict[str, Any]]:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for label, name in zip(table.labels, split, strict=True):
        if label is not None:
            counted[label][name] += 1
    ranked = sorted(counted, key=lambda label: (-counted[label].total(), label))[:MOST_LABELS]
    return [{"label": label, **{name: counted[label][name] for name in SPLITS}} for label in ranked]


def _field(artifact: Artifact, table: Records, split: Sequence[str], name: str) -> dict[str, Any]:
    present = table.present(name)
    by_split = Counter(split[row] for row in np.flatnonzero(present).tolist())
    modality = str(artifact.manifest.fields[name]["modality"])
    facts = {"modality": modality, "present": {key: by_split[key] for key in SPLITS}, "duplicates": _duplicates(table, split, name)}
    return facts | registry.find(modality).shown().measure(StoredField(artifact, table, name), np.flatnonzero(present))


def _duplicates(table: Records, split: Sequence[str], name: str) -> dict[str, int]:
    """Number of contents shared by several records, and of those shared across splits."""
    places: dict[str, list[str]] = defaultdict(list)
    for identity, digest, place in zip(
        table.ids, table.columns.get(f"{name}.content", table.columns[f"{name}.sha256"]), split, strict=True
    ):
        # Augmented copies and further windows of a sound are not duplicates.
        if digest and "~" not in identity and not ("@" in identity and not identity.endswith("@0000")):
            places[digest].append(place)
    return {"contents": sum(len(p) > 1 for p in places.values()), "across_splits": sum(len(set(p)) > 1 for p in places.values())}


def _rejects(artifact: Artifact) -> Iterator[dict[str, Any]]:
    number: Counter[str] = Counter()
    examples: dict[str, list[dict[str, str]]] = defaultdict(list)
    with artifact.file("rejects.jsonl").open("rb") as handle:
        for text in handle:
            try:
                line = jsonio.loads(text)
                code = str(line["code"])
            except (jsonio.JsonError, KeyError, TypeError):
                continue
            number[code] += 1
            if len(examples[code]) < MOST_EXAMPLES:
                examples[code].append({key: visible(line.get(key, "")) for key in ("id", "path", "message")})
    for code, count in number.most_common():
        yield {"code": code, "count": count, "examples": examples[code]}


def as_lines(facts: dict[str, Any]) -> Iterator[str]:
    """The facts as lines of text with bars."""
    yield f"{facts['records']:,} records: " + ", ".join(f"{count:,} {name}" for name, count in facts["splits"].items())
    for row in facts["labels"]:
        yield from _bar(row["label"], sum(row[name] for name in SPLITS), max(sum(r[n] for n in SPLITS) for r in facts["labels"]))
    for name, field in facts["fields"].items():
        shared = field["duplicates"]
        copies = f"; {shared['contents']:,} contents occur more than once, {shared['across_splits']:,} in several splits"
        yield f"{name} ({field['modality']}): " + ", ".join(f"{n:,} {s}" for s, n in field["present"].items()) + copies
        show = registry.find(field["modality"]).shown()
        for key, title in show.histograms.items():
            if key in field:
                summary = ", ".join(f"{word} {field[key][word]:.5g}" for word in ("minimum", "median", "maximum") if field[key]["counts"])
                yield f"  {title}: {summary or 'none'}"
                for edge, count in zip(field[key]["edges"], field[key]["counts"], strict=False):
                    yield from _bar(f"{edge:.5g}", count, max(field[key]["counts"]))
        for key, title in show.counts.items():
            if rows := pairs(field.get(key, ())):
                yield f"  {title}: " + ", ".join(f"{word} {count:,}" for word, count in rows)
    for reject in facts["rejects"]:
        first = reject["examples"][0]
        yield f"{display.counted(reject['count'], 'item')} rejected ({reject['code']}), e.g. {first['path']}: {first['message']}"


def pairs(counted: Mapping[str, int] | Sequence[Sequence[Any]]) -> list[Sequence[Any]]:
    """Words and their counts, from either representation."""
    return list(counted.items() if isinstance(counted, Mapping) else counted)


_BAR_WIDTH = 40


def _bar(name: str, count: int, most: int) -> Iterator[str]:
    if count:
        yield f"  {visible(name, 24):>24} {'#' * max(1, round(_BAR_WIDTH * count / most))} {count:,}"
