"""`train-gan`: a generator of one field, conditioned on any subset of the others, on labels, or unconditional."""

from __future__ import annotations

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import records, store
from mmcli.artifacts.records import Records
from mmcli.artifacts.store import Artifact
from mmcli.core import options
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError
from mmcli.core.ledger import Ledger
from mmcli.generators.base import TrainingData
from mmcli.modalities import codec_file, codec_of, read_codec
from mmcli.modalities.fields import open_rows
from mmcli.nn import runtime
from mmcli.pipeline.driver import Job, Write, Written
from mmcli.stages import watching
from mmcli.stages.embed.stage import copy_state
from mmcli.stages.records_ledger import note_beyond, note_cut, note_lacking
from mmcli.stages.train_gan import items, transfer
from mmcli.stages.train_gan.grid import GridWriter
from mmcli.stages.train_gan.options import TrainGanConfig
from mmcli.stages.train_gan.settings import Settings, resolve
from mmcli.stages.train_gan.ticks import Ticks, watcher_of
from mmcli.training.observer import observed

if TYPE_CHECKING:
    from mmcli.conditioning.conditioner import Conditioner
    from mmcli.training.trainer import Trainer

Array = npt.NDArray[Any]
KIND = "gan"
MIN_RECORDS = 8
_FEW = 50
_BLOCK = 256
_MAX_HELD_OUT = 512


def train_gan(job: Job[TrainGanConfig]) -> Write:
    """Train a generator of `config.target`.

    It writes the generator (averaged weights), its auxiliary networks, and everything needed to turn given fields
    into a condition. Without a `fused` artifact the condition is the label or none.

    Raises:
        UsageError: Unknown target, given field or family, or an option that does not apply to the target.
        InputError: Fewer than 8 train records have the target.
        IntegrityError: `fused` was made from another data set.
        BelowBarError: Training diverged.
    """
    settings = resolve(job.config, job.input("DATASET"), job.optional("FUSED"))
    job.settings = options.as_dict(settings.config)
    watching.check(job.config)
    if job.config.init_from:
        job.refer(store.open_artifact(Path(job.config.init_from), KIND))

    def write() -> Written:
        data, space = job.input("DATASET"), job.optional("FUSED")
        table = records.read(data.path)
        if space is not None:
            _check_same_records(table, space)
        summary = _train(settings, data, space, table, job)
        fields = {name: _described(name, data, job.folder) for name in (*settings.given, settings.target.name)}
        return Written(fields, data.manifest.counts, summary)

    return write


def _check_same_records(table: Records, space: Artifact) -> None:
    theirs = records.read(space.path)
    if theirs.ids != table.ids:
        overlap = len(set(theirs.ids) & set(table.ids))
        raise IntegrityError(
            f"the fused artifact was made from another data set: {overlap} of {len(table)} records match",
            visible(space.path),
            "run embed and fuse on this data set",
        )


def _train(settings: Settings, data: Artifact, space: Artifact | None, table: Records, job: Job[TrainGanConfig]) -> dict[str, Any]:
    folder, ui = job.folder, job.ui
    # Training data
    target, config = settings.target, settings.config
    train = _having(table, target.name, "train")
    if len(train) < MIN_RECORDS:
        what = f"only {len(train)} train records have the field {visible(target.name)}"
        raise InputError(
            what, visible(data.path), f"add records until there are {MIN_RECORDS}, or rerun preprocess with a smaller --val and --test"
        )
    # The large products of a transformer are faster on all cores, one after the other: .75 of the time of a step on 2 cores.
    device = runtime.start(ui, config.seed, config.precision, config.devices, side_by_side=not settings.of_items)
    from mmcli.stages.train_gan.given import FOLDER as TOKENS
    from mmcli.training import loop

    every = _having(table, target.name, "val")
    held_out = every[:_MAX_HELD_OUT]
    conditioner, real = _training_data(settings, data, space, table, (train, held_out), folder)
    config = settings.family.fit(config, real)
    batch_size = min(config.batch_size or len(train), len(train) // config.devices * config.devices)
    if batch_size < (config.batch_size or 0):
        ui.ledger.note("changed", "batch size", f"{batch_size:,} instead of {config.batch_size:,}")
    config = replace(config, batch_size=batch_size)
    _account(settings, table, real, len(every), ui.ledger)
    if _all_equal(real.rows):
        ui.warn(f"all {len(train):,} train items of {visible(target.name)} are the same: that item is all that can be learned")
    if settings.of_items and space is not None:
        ui.ledger.leave_out("fused artifact", f"the family {settings.family.name} reads the given items themselves")
    # Train
    with runtime.spread_over(config.devices):
        trainer = settings.family.trainer(real, config)
    ui.info(_description(config, device.name, device.precision, len(train)))
    if config.init_from:
        transfer.begin_from(trainer, Path(config.init_from), ui)
    grid = GridWriter(trainer, real, table, held_out if len(held_out) else train, settings.given, folder, job.build.preview)
    labels = [[table.labels[i] for i in numbers] for numbers in (train, held_out)]
    watcher = partial(watcher_of, real, labels[0], labels[1], config, ui) if trainer.best is not None else lambda: None
    observer = watching.observers_of(job, folder / loop.FOLDER, look=grid.look, latest=lambda: grid.latest)
    with observed(observer):
        progress = loop.train(trainer, len(train), config, folder, ui, Ticks(trainer, grid, watcher), observer)
        facts = trainer.finish()
    grid.finish()
    # Save
    _save(folder, data, trainer, conditioner, settings, real)
    for name in (loop.FOLDER, TOKENS):
        shutil.rmtree(folder / name, ignore_errors=True)
    return {
        "family": settings.family.name,
        "target": target.name,
        "given": list(settings.given),
        "modality": real.codec.modality,
        "steps": progress.step,
        "kimg": round(progress.step * batch_size / 1000, 3),
        "precision": device.precision,
        "records": len(train),
        **({"rollbacks": progress.rollbacks} if progress.rollbacks else {}),
        **facts,
    }


def _training_data(
    settings: Settings, data: Artifact, space: Artifact | None, table: Records, records_used: tuple[Array, Array], folder: Path
) -> tuple[Conditioner, TrainingData]:
    """The conditioner, and the target and the given fields of the train and the held-out records."""
    from mmcli.stages.train_gan import given as conditions

    train, held_out = records_used
    if settings.of_items:
        return items.training_data(settings, data, table, train, held_out)
    target = settings.target
    codec = codec_of(data, target.name)
    rows = open_rows(data, target.name, codec)
    conditioner, given = conditions.given_fields(settings, data, space, table, train, folder)
    return conditioner, TrainingData(target, codec, np.asarray(rows[train]), given, np.asarray(rows[held_out]), given.of(held_out))


def _account(settings: Settings, table: Records, real: TrainingData, num_held_out: int, ledger: Ledger) -> None:
    """Note the records that are not learned from, and what of their items is cut off."""
    name, codec, given = settings.target.name, real.codec, real.given
    train = note_lacking(ledger, table, table.rows("train"), [name], what="train records", why=f"without the target {name}")
    if settings.of_items:
        items.note_cut(ledger, table, real, settings)
    else:
        note_cut(ledger, table, {name: codec}, train, rows=True)
    if given.present.shape[1]:
        without = int((~given.present.any(1)).sum())
        what = "a label" if settings.on_labels else "any given field"
        ledger.remark("train records", f"without {what}, learned from without a condition", count=without, of=len(train))
    if len(train) < _FEW:
        ledger.note(
            "noted", "train records", f"{len(train)} are few: what is made will mostly repeat them, and held-out scores tell little"
        )
    used = f"only {_MAX_HELD_OUT} are used to choose the best generator"
    note_beyond(ledger, num_held_out, _MAX_HELD_OUT, what="val records", why=used)


def _all_equal(rows: Any) -> bool:
    """Whether all items are the same; most sets show that they are not in the first two."""
    for begin in range(0, len(rows), _BLOCK):
        some = np.asarray(rows[np.r_[0, begin : min(begin + _BLOCK, len(rows))]])
        if (some[1:] != some[0]).any():
            return False
    return True


def _having(table: Records, field: str, split: str) -> Array:
    rows = table.rows(split)
    return rows[table.present(field)[rows]]


def _description(config: TrainGanConfig, device: str, precision: str, count: int) -> str:
    """One line that describes the training."""
    kimg = f"{config.kimg or 0:,.0f} kimg"
    budget = f"{config.minutes:g} minutes" if config.minutes else f"{config.steps:,} steps" if config.steps else kimg
    what = f"training {visible(config.target or '')} on {count:,} records: {budget} in batches of {config.batch_size}"
    return f"{what}; {device}, {precision}"


def _described(name: str, data: Artifact, folder: Path) -> dict[str, Any]:
    codec, known = read_codec(folder / codec_file(name)), data.manifest.fields.get(name)
    own = known is not None and (folder / codec_file(name)).read_bytes() == data.file(codec_file(name)).read_bytes()
    return known if known is not None and own else codec.describe()


def _save(folder: Path, data: Artifact, trainer: Trainer, conditioner: Conditioner, settings: Settings, real: TrainingData) -> None:
    from mmcli.conditioning import conditioner as conditioners
    from mmcli.nn import networks_io

    extra = {conditioners.KEY: conditioner.kind, "fields": conditioner.fields}
    extra |= {"target": settings.target.name, "given": list(settings.given)}
    copy_state(data, folder, list(dict.fromkeys([settings.target.name, *(n for n in conditioner.fields if n in data.manifest.fields)])))
    conditioner.write(folder)
    if settings.of_items:
        items.write_codecs(folder, real)
    networks_io.save(folder, {**conditioner.networks, **trainer.networks()}, extra)
