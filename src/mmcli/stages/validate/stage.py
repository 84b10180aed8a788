"""Read all items of a raw folder, write nothing, and list every problem."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.core.ui import Ui
from mmcli.data.decoding.chunks import Decoded
from mmcli.data.decoding.pool import DecoderPool
from mmcli.data.layouts.base import RawRecord, RawReject
from mmcli.data.layouts.folder import RawFolder, read_raw
from mmcli.modalities import ingest_of, registry
from mmcli.pipeline.outcome import Answer, Table
from mmcli.stages.preprocess.fields import field_options
from mmcli.stages.preprocess.labels import label_warnings
from mmcli.stages.preprocess.options import PreprocessConfig
from mmcli.stages.preprocess.splits import leaks_in_words

_CHUNK = 64
_FEW = 0.01  # warn about fields that a smaller fraction of the records has
_FIX = "fix or remove the listed items; otherwise preprocess skips them"


@dataclass
class Verdict:
    """Findings about a raw folder.

    Attributes:
        layout: Name of the layout.
        fields: Field name -> modality and number of records with a usable item.
        records: Number of records with at least one usable field.
        problems: All rejected items.
        warnings: Remarks about usable items.
    """

    layout: str
    fields: dict[str, dict[str, Any]]
    records: int = 0
    problems: list[RawReject] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def to_json(self, path: Path) -> dict[str, Any]:
        """JSON value of the verdict."""
        problems = [{"path": p.path, "id": p.id, "code": p.code, "message": p.message} for p in self.problems]
        codes = Counter(p.code for p in self.problems)
        body = {"path": str(path), "layout": self.layout, "fields": self.fields, "records": self.records}
        return {**body, "problems": problems, "codes": dict(codes), "warnings": self.warnings, "usable": not self.problems}


def answer(root: Path, config: PreprocessConfig, ui: Ui) -> Answer:
    """Answer with the verdict; with a problem if any item cannot be used."""
    verdict = validate(root, config, ui)
    for warning in verdict.warnings:
        ui.warn(warning)
    if verdict.problems:
        number = len(verdict.problems)
        said = f"{number:,} items cannot be used" if number > 1 else "1 item cannot be used"
        table = Table(("file", "record", "code", "reason"), [(p.path, p.id, p.code, p.message) for p in verdict.problems])
        return Answer(verdict.to_json(root), [table], problem=InputError(said, visible(root), _FIX))
    fields = ", ".join(f"{facts['present']:,} {name}" for name, facts in verdict.fields.items())
    return Answer(verdict.to_json(root), [f"no problems in {verdict.records:,} records ({verdict.layout}): {fields}"])


def validate(root: Path, config: PreprocessConfig, ui: Ui) -> Verdict:
    """Decode every item as `preprocess` would.

    Raises:
        InputError: The folder is missing, empty, or has no field.
        UsageError: The configuration does not match the folder.
    """
    ui.info(f"reading {visible(root)} ...")
    folder = read_raw(root, layout=config.format, choice=config.choice())
    options = field_options(folder, config)
    ingests = {name: ingest_of(folder.fields[name], chosen) for name, chosen in options.items()}
    verdict = Verdict(folder.layout, {name: {"modality": kind, "present": 0} for name, kind in folder.fields.items()})
    tally = _Tally(verdict)
    reader = _Reader(folder)
    with DecoderPool.of(config) as pool, ui.progress("validating", folder.num_items, "items") as bar:
        pool.prepare(ingests)
        for decoded in pool.map(reader, folder.num_items // len(ingests) // _CHUNK):
            verdict.problems += reader.rejects.popleft()
            tally.add(decoded)
            bar.advance_to(min(tally.items, folder.num_items), f"{len(verdict.problems):,} problems" if verdict.problems else "")
    folder.account(ui.ledger)
    verdict.warnings = tally.warnings()
    return verdict


class _Reader:
    """Chunks of records; `rejects` collects, per chunk, the items from which the source could not make a record."""

    def __init__(self, folder: RawFolder) -> None:
        self.rejects: deque[list[RawReject]] = deque()
        self._entries = folder.records()

    def __iter__(self) -> Iterator[list[RawRecord]]:
        while chunk := list(islice(self._entries, _CHUNK)):
            self.rejects.append([entry for entry in chunk if isinstance(entry, RawReject)])
            yield [entry for entry in chunk if isinstance(entry, RawRecord)]


class _Tally:
    """Counts the workers' results."""

    def __init__(self, verdict: Verdict) -> None:
        self._verdict = verdict
        self.items = 0
        self._labels: Counter[str] = Counter()
        self._splits: dict[tuple[str, str], set[str]] = defaultdict(set)  # field and digest -> published splits

    def add(self, decoded: Decoded) -> None:
        """Count a chunk."""
        self._verdict.problems += decoded.rejects
        self._verdict.records += len(decoded.kept)
        self.items += decoded.ok + len(decoded.rejects)
        for record in decoded.kept:
            if record.label is not None:
                self._labels[record.label] += 1
            for name, columns in record.columns.items():
                self._verdict.fields[name]["present"] += 1
                if record.split:
                    self._splits[name, columns["sha256"]].add(record.split)

    def warnings(self) -> list[str]:
        """Remarks about usable items."""
        verdict, found = self._verdict, []
        for name, facts in verdict.fields.items():
            shared = sum(len(splits) > 1 for (field_name, _), splits in self._splits.items() if field_name == name)
            if shared and not registry.find(facts["modality"]).repeats:
                found.append(f"{visible(name)}: {leaks_in_words(shared)}")
            if facts["present"] < _FEW * verdict.records:
                found.append(f"{name}: only {facts['present']:,} of {verdict.records:,} records have it")
        return found + label_warnings(self._labels, verdict.records)
