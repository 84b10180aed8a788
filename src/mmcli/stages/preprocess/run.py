"""Raw folder to data set: decode, split, fit on train, write, and report rejected items."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mmcli.artifacts import jsonio, store
from mmcli.core.display import counted, visible
from mmcli.core.errors import InputError
from mmcli.core.options import changed
from mmcli.core.ui import Ui
from mmcli.data.decoding.pool import DecoderPool
from mmcli.data.layouts.folder import RawFolder, read_raw
from mmcli.modalities import codec_file, ingest_of, registry
from mmcli.modalities.ingest import FitPlan, Ingest
from mmcli.pipeline.driver import Job, Write, Written
from mmcli.stages.preprocess import copies
from mmcli.stages.preprocess.copies import Copies
from mmcli.stages.preprocess.fields import field_options
from mmcli.stages.preprocess.journal import Journal
from mmcli.stages.preprocess.labels import label_warnings
from mmcli.stages.preprocess.options import PreprocessConfig
from mmcli.stages.preprocess.pairs import hardly_pairs
from mmcli.stages.preprocess.reading import read_everything
from mmcli.stages.preprocess.splits import assign
from mmcli.stages.preprocess.table import Table

_RECORDS = "records"  # stands for the field in warnings about records of texts
_FEW = 0.01  # warn about a field that a smaller fraction of the records has


def prepare(job: Job[PreprocessConfig], pool: DecoderPool) -> Write:
    """List the folder's content; `pool` may have been started or not."""
    raw = job.path("RAW")
    folder = read_raw(raw, layout=job.config.format, choice=job.config.choice())
    job.references.append(store.relative_input(raw, job.out, "folder", folder.fingerprint()))
    return partial(_fill, job, folder, pool)


def _fill(job: Job[PreprocessConfig], folder: RawFolder, pool: DecoderPool) -> Written:
    config, ui, path = job.config, job.ui, job.folder
    options = field_options(folder, config)
    ui.info(f"layout: {folder.layout}; fields: {', '.join(f'{name} ({kind})' for name, kind in folder.fields.items())}")
    for name, chosen in options.items():
        for option, value in changed(config.for_field(name), chosen).items():
            ui.info(f"{visible(name)}: detected {option.replace('_', ' ')}: {value}")
    ingests = {name: ingest_of(folder.fields[name], chosen) for name, chosen in options.items()}

    # Decode everything once; drafts wait on disk
    table = _read(path, folder, ingests, config, pool, ui)
    table.check(job.path("RAW"))

    # Split, fit on train, write the rows
    found = _copies(table, ingests, folder)
    if config.group_duplicates:
        _group(job, table, found)
    split = _split(table, config, ui)
    shared = _tell_shared(table, found, split, config, ui)
    described, facts = _write_fields(path, ingests, table, split, config, ui)
    shutil.rmtree(path / "work")

    # The table, and the warnings
    all_splits = table.write(path, split, config.augment)
    _warn(table, facts, folder, ui)
    _account(job, folder, table, ingests)
    summary = {"layout": folder.layout, "rejects": dict(table.codes), **shared, "fields": facts}
    return Written(described, table.counts(all_splits), summary)


def _copies(table: Table, ingests: dict[str, Ingest], folder: RawFolder) -> dict[str, Copies]:
    """Copies of each field. Equal short texts are normal, but not equal records of nothing but texts."""
    judged = {name: ingest for name, ingest in ingests.items() if not registry.find(folder.fields[name]).repeats}
    if not judged:
        return {_RECORDS: Copies(table.contents_together())}
    return {name: copies.find(table.contents(name), table.hashes(name), table.keys, ingest) for name, ingest in judged.items()}


def _group(job: Job[PreprocessConfig], table: Table, found: dict[str, Copies]) -> None:
    keys = copies.shared_keys(table.keys, found)
    moved = sum(old != new for old, new in zip(table.keys, keys, strict=True))
    job.ledger.change("records", "put into the split of a copy or near-copy", count=moved, of=len(keys))
    table.group_by(keys)


def _tell_shared(table: Table, found: dict[str, Copies], split: list[str], config: PreprocessConfig, ui: Ui) -> dict[str, dict[str, int]]:
    """Warn about copies in several splits, and return their numbers per field.

    Raises:
        InputError: There are some, with `--strict`.
    """
    # Published splits stay as they are, so that grouping would not help.
    group = "" if any(table.given_splits) else "use --group-duplicates, or "
    fix = f"{group}remove them from one of the splits, or omit --strict"
    counts: dict[str, dict[str, int]] = {"shared_between_splits": {}, "near_copies_between_splits": {}}
    for name, of_field in found.items():
        shared = copies.shared(of_field, split)
        counts["shared_between_splits"][name], counts["near_copies_between_splits"][name] = shared.copies, shared.near
        for text in copies.in_words(shared, table.sources(name), split):
            if config.strict:
                raise InputError(text, f"field {visible(name)}", fix)
            ui.warn(f"{visible(name)}: {text}")
    return counts


def _account(job: Job[PreprocessConfig], folder: RawFolder, table: Table, ingests: dict[str, Ingest]) -> None:
    folder.account(job.ledger)
    for name, ingest in ingests.items():
        ingest.account(name, job.ledger)
    for code, number in sorted(table.codes.items()):
        job.ledger.leave_out("items", f"rejected as {code}, e.g. {table.examples[code]}; see rejects.jsonl", count=number, of=table.seen)


def _read(path: Path, folder: RawFolder, ingests: dict[str, Ingest], config: PreprocessConfig, pool: DecoderPool, ui: Ui) -> Table:
    work = path / "work"
    journal = Journal(work / "journal.json")
    state = journal.read()
    if state:
        ui.info(f"resuming an interrupted run after {state['entries']:,} entries")
    else:
        _clear(path)
    work.mkdir(exist_ok=True)
    table = Table(path, {name: ingest.column_names for name, ingest in ingests.items()}, config, state["table"] if state else None)
    read_everything(folder, ingests, table, journal, work, pool, ui)
    table.close()
    return table


def _clear(path: Path) -> None:
    for entry in path.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name not in ("plan.json", "log.txt"):
            entry.unlink()


def _write_fields(
    path: Path, ingests: dict[str, Ingest], table: Table, split: list[str], config: PreprocessConfig, ui: Ui
) -> tuple[dict[str, Any], dict[str, Any]]:
    described, facts = {}, {}
    train = np.array([name == "train" for name in split])
    shutil.rmtree(path / "fields", ignore_errors=True)  # an interrupted run may have left partial files
    (path / "fields").mkdir()
    for number, (name, ingest) in enumerate(ingests.items()):
        ui.info(f"writing {name} ...")
        target = path / "fields" / f"{name}.npy"
        plan = FitPlan(table.present(name), train, target, config.augment, config.seed, number, config.shard_mb * 2**20)
        codec, facts[name] = ingest.finish(plan)
        table.extend(name, ingest.fitted_columns())
        jsonio.write(path / codec_file(name), codec.to_json())
        described[name] = codec.describe()
    return described, facts


def _split(table: Table, config: PreprocessConfig, ui: Ui) -> list[str]:
    given = table.given_splits
    split = assign(table.keys, given, val=config.val, test=config.test)
    if "train" in split:
        return split
    stated = " and ".join(sorted({name for name in given if name}))
    ui.warn(f"the folder has {stated} records only and no train records; all records are split by hash instead")
    return assign(table.keys, [None] * len(given), val=config.val, test=config.test)


def _warn(table: Table, facts: dict[str, Any], folder: RawFolder, ui: Ui) -> None:
    for code, number in sorted(table.codes.items()):
        ui.warn(f"{counted(number, 'item')} rejected ({code}), e.g. {table.examples[code]}")
    paired = int(np.count_nonzero(np.sum([table.present(name) for name in facts], axis=0) > 1))
    apart = hardly_pairs(facts, len(table.keys), paired)
    said = [f"{apart}; {folder.pairing_advice()}"] if apart else []
    for text in [*folder.warnings(), *said, *label_warnings(table.labels, len(table.keys))]:
        ui.warn(text)
    for name, found in facts.items():
        present = int(table.present(name).sum())
        if present < _FEW * len(table.keys):
            ui.warn(f"{visible(name)}: only {present:,} of {len(table.keys):,} records have it")
        if "warning" in found:
            ui.warn(f"{visible(name)}: {found['warning']}")
