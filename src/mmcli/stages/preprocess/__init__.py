"""Raw folder in, dataset out: decode, split, fit on train, write, and say what was left out."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmcli.artifacts import jsonio, store
from mmcli.config import PreprocessConfig, as_dict
from mmcli.display import visible
from mmcli.errors import InputError
from mmcli.modalities import ingest_of
from mmcli.modalities.base import Ingest
from mmcli.outcome import Outcome
from mmcli.stages.preprocess.decode import decode_records
from mmcli.stages.preprocess.fields import checked_fields
from mmcli.stages.preprocess.splits import assign, leaks
from mmcli.stages.preprocess.table import Table
from mmcli.ui import Ui

if TYPE_CHECKING:
    from mmcli.sources import RawFolder, RawRecord, RawReject

_CHUNK = 256
_LIBRARIES = ("numpy", "scipy", "pillow", "soundfile", "soxr", "nltk", "stopwordsiso", "pyarrow")


def preprocess(raw: Path, out: Path, config: PreprocessConfig, ui: Ui, *, force: bool = False) -> Outcome:
    """Make a dataset of a raw folder.

    Raises:
        InputError: The folder is missing or empty, has nothing usable, or too much that is not.
    """
    ui.info(f"reading {visible(raw)} ...")
    from mmcli.sources import read_raw

    folder = read_raw(raw, layout=config.format)
    source = store.relative_input(raw, out, "folder", folder.fingerprint())
    plan: dict[str, Any] = {"config": as_dict(config), "seed": config.seed, "inputs": [source], "libraries": _LIBRARIES}
    with store.begin(out, kind="dataset", force=force, **plan) as build:
        if not build.up_to_date:
            _clear(build.path)
            with ui.logging_to(build.path / "log.txt"):
                _fill(build, folder, config, ui)
        return Outcome.of(build, out)


def _fill(build: store.Build, folder: RawFolder, config: PreprocessConfig, ui: Ui) -> None:
    # Decode everything once; drafts wait on disk
    options = checked_fields(folder.fields, config, build.out)
    ui.info(f"layout: {folder.layout}; fields: {', '.join(f'{name} ({kind})' for name, kind in folder.fields.items())}")
    ingests = {name: ingest_of(folder.fields[name], field_options) for name, field_options in options.items()}
    work = build.path / "work"
    table = Table(build.path / "rejects.jsonl", dict(folder.fields), config)
    for name, ingest in ingests.items():
        (work / name).mkdir(parents=True)
        ingest.open(work / name)
    _decode(folder, ingests, table, ui)
    table.check(build.out)

    # Split, fit on train, write the rows
    split = assign(table.keys, table.given_splits, val=config.val, test=config.test)
    for name, ingest in ingests.items():
        ui.info(f"writing {name} ...")
        target = build.path / "fields" / f"{name}.npy"
        target.parent.mkdir(exist_ok=True)
        codec = ingest.finish(table.present(name), np.array([s == "train" for s in split]), target)
        jsonio.write(target.with_name(f"{name}.codec.json"), codec.to_json())
        options[name] = codec.describe()
    shutil.rmtree(work)

    # The table, and what deserves a warning
    table.write(build.path, split)
    shared = {name: leaks(table.hashes(name), split) for name in ingests}
    _warn(table, shared, folder, config, ui)
    build.commit(
        fields=options,
        counts=table.counts(split),
        summary={"layout": folder.layout, "rejects": dict(table.codes), "shared_between_splits": shared},
    )


def _clear(path: Path) -> None:
    for entry in path.iterdir():
        if entry.is_dir():
            shutil.rmtree(entry)
        elif entry.name != "plan.json":
            entry.unlink()


def _decode(folder: RawFolder, ingests: dict[str, Ingest], table: Table, ui: Ui) -> None:
    with ui.progress("decoding", folder.num_files, "files") as bar:
        for chunk in _chunks(folder.records(), _CHUNK):
            decoded = table.add(decode_records(chunk, ingests))
            if decoded:
                for name, ingest in ingests.items():
                    ingest.append([record.get(name) for record in decoded])
            bar.advance_to(min(table.seen, folder.num_files), f"{table.rejected:,} rejected" if table.rejected else "")


def _chunks(records: Iterator[RawRecord | RawReject], size: int) -> Iterator[list[RawRecord | RawReject]]:
    while chunk := list(islice(records, size)):
        yield chunk


def _warn(table: Table, shared: dict[str, int], folder: RawFolder, config: PreprocessConfig, ui: Ui) -> None:
    for code, number in sorted(table.codes.items()):
        ui.warn(f"{number:,} x {code}, such as {visible(table.examples[code])}")
    for name, number in shared.items():
        # Equal short texts are normal; equal files in train and test are not.
        if number and folder.fields[name] != "text":
            ui.warn(f"{name}: {number:,} files lie in more than one split with the same bytes")
            if config.strict:
                raise InputError(
                    f"{number:,} files are in more than one split", f"field {visible(name)}", "remove the copies, or leave --strict out"
                )
