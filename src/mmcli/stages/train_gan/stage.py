"""`train-gan`: a conditional GAN that makes one field from any subset of the others."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import jsonio, records, store
from mmcli.artifacts.records import Records
from mmcli.artifacts.store import Artifact, Build
from mmcli.core import options
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError, UsageError
from mmcli.core.streams import Purpose, generator
from mmcli.core.ui import Ui
from mmcli.modalities import codec_file, label, read_codec
from mmcli.modalities.base import Codec, TokenCodec
from mmcli.modalities.fields import open_items, open_rows
from mmcli.modalities.recipe import recipe_of
from mmcli.modalities.sequences import Rows
from mmcli.nn import runtime
from mmcli.pipeline.outcome import Outcome
from mmcli.stages.embed.stage import copy_state
from mmcli.stages.train_gan import transfer
from mmcli.stages.train_gan.options import TrainGanConfig
from mmcli.stages.train_gan.settings import given_fields, on_labels, resolve
from mmcli.stages.train_gan.ticks import GridWriter, Ticks, Watcher, enough

if TYPE_CHECKING:
    from mmcli.conditioning.conditioner import Conditioner, LabelConditioner
    from mmcli.conditioning.table import ConditionTable
    from mmcli.training.loop import GanTrainer

Array = npt.NDArray[Any]
KIND = "gan"
MIN_RECORDS = 8
_MAX_HELD_OUT = 512
_LEAST_HELD_OUT = 64
_MOST_CLASSES = 1000


def train_gan(dataset: Path, fused: Path, out: Path, config: TrainGanConfig, ui: Ui, *, force: bool = False) -> Outcome:
    """Train a GAN for `config.target`, conditioned on random subsets of `config.given`.

    Args:
        dataset: Artifact that `preprocess` wrote.
        fused: Artifact that `fuse` wrote from the same data set.
        out: Artifact to write: the generator (averaged weights), the discriminator, and all that
            turns given fields into a condition.
        config: Options.
        ui: Where progress goes.
        force: Do it again even if up to date.

    Raises:
        UsageError: Unknown target or given field, or an option that its modality does not have.
        InputError: Fewer than 8 train records have the target.
        IntegrityError: `fused` was made from another data set.
        BelowBarError: Training diverged.
    """
    data = store.open_artifact(dataset, "dataset", verify=False)
    space = store.open_artifact(fused, "fused", verify=False)
    config = resolve(config, data, space)
    refs = [store.relative_input(dataset, out, "dataset", data.id), store.relative_input(fused, out, "fused", space.id)]
    if config.init_from:
        refs.append(store.relative_input(Path(config.init_from), out, "gan", store.open_artifact(Path(config.init_from), "gan").id))
    settings = options.as_dict(config)
    with store.begin(out, kind=KIND, config=settings, seed=config.seed, inputs=refs, force=force, libraries=runtime.LIBRARIES) as build:
        if build.up_to_date:
            return Outcome.of(build, out)
        data, space = store.open_artifact(dataset, "dataset"), store.open_artifact(fused, "fused")
        table = records.read(dataset)
        _check_same_records(table, space)
        with ui.logging_to(build.path / "log.txt"):
            summary = _train(data, space, table, config, build, ui)
        fields = {name: _described(name, space, build) for name in (*given_fields(config), config.target)}
        build.commit(fields=fields, counts=data.manifest.counts, summary=summary)
        return Outcome.of(build, out)


def _check_same_records(table: Records, space: Artifact) -> None:
    theirs = records.read(space.path)
    if theirs.ids != table.ids:
        overlap = len(set(theirs.ids) & set(table.ids))
        raise IntegrityError(
            f"the fused artifact was made from another data set: {overlap} of {len(table)} records agree",
            visible(space.path),
            "run embed and fuse on this data set",
        )


def _train(data: Artifact, space: Artifact, table: Records, config: TrainGanConfig, build: Build, ui: Ui) -> dict[str, Any]:
    train = table.rows("train")
    train = train[table.present(config.target)[train]]
    if len(train) < MIN_RECORDS:
        raise InputError(
            f"only {len(train)} train records have the field {config.target}", visible(data.path), f"give at least {MIN_RECORDS}"
        )
    config = replace(config, batch_size=min(config.batch_size, len(train) // config.devices * config.devices))
    codec = _codec(data, config.target)
    device = runtime.start(ui, config.seed, config.precision, config.devices, side_by_side=True)
    from mmcli.conditioning.conditioner import Conditioner
    from mmcli.conditioning.table import MAX_GIVEN
    from mmcli.training import loop as gan_loop

    if len(config.given) > MAX_GIVEN:
        raise UsageError(f"at most {MAX_GIVEN} given fields are possible, not {len(config.given)}", "--given", "name fewer")
    conditioner = _labels(table, train, data) if on_labels(config) else Conditioner.load(space.path)
    rows = open_rows(data, config.target, codec)
    conditions = _conditions(conditioner, data, table, config, train)
    held_out = table.rows("val")
    held_out = held_out[table.present(config.target)[held_out]][:_MAX_HELD_OUT]
    held = _conditions(conditioner, data, table, config, held_out) if len(held_out) else None
    extra = _extra(codec, np.asarray(rows[held_out]), held, conditions)
    with runtime.spread_over(config.devices):
        trainer = recipe_of(codec.modality).load_trainer()(
            codec.modality, np.asarray(rows[train]), list(codec.network_shape), conditions, config, **extra
        )
    ui.info(_said(config, device.name, device.precision, len(train)))
    if config.init_from:
        transfer.begin_from(trainer, Path(config.init_from), ui)
    real = Real(rows, table, train, conditions, held_out, held)
    ticks = Ticks(trainer, GridWriter(trainer, codec, _full(held or conditions), build.path / "samples"), _watcher(real, codec, config, ui))
    progress = gan_loop.train(trainer, len(train), config, build.path, ui, ticks)
    facts = trainer.finish()
    _save(build.path, space, trainer, conditioner, config)
    shutil.rmtree(build.path / gan_loop.FOLDER, ignore_errors=True)
    return {
        "target": config.target,
        "given": list(given_fields(config)),
        "modality": codec.modality,
        "preset": config.preset,
        "steps": progress.step,
        "kimg": round(progress.step * config.batch_size / 1000, 3),
        "precision": device.precision,
        "records": len(train),
        **({"rollbacks": progress.rollbacks} if progress.rollbacks else {}),
        **facts,
    }


def _said(config: TrainGanConfig, device: str, precision: str, count: int) -> str:
    """One line about what is trained, on what."""
    budget = f"{config.minutes:g} minutes" if config.minutes else f"{config.steps:,} steps" if config.steps else f"{config.kimg:,.0f} kimg"
    what = f"training {config.target} ({config.preset}) on {count:,} records: {budget} in batches of {config.batch_size}"
    return f"{what}; {device}, {precision}"


@dataclass(frozen=True)
class Real:
    """The target's real items: all rows, the train records and the held-out ones, with the conditions of both."""

    rows: Rows
    table: Records
    train: Array
    conditions: ConditionTable
    held_out: Array
    held: ConditionTable | None


def _watcher(real: Real, codec: Codec, config: TrainGanConfig, ui: Ui) -> Watcher | None:
    """Held-out items are the reference where there are enough, else some of the train split."""
    if isinstance(codec, TokenCodec) or not config.watch or not enough(len(real.train)):
        return None
    labels = real.table.labels
    if real.held is not None and len(real.held_out) >= _LEAST_HELD_OUT:
        chosen, conditions = real.held_out, real.held.full()
    else:
        pick = generator(config.seed, Purpose.WATCH_ITEMS).permutation(len(real.train))[: config.watch]
        chosen, conditions = real.train[pick], real.conditions.full()[pick]
    chosen, conditions = chosen[: config.watch], conditions[: config.watch]
    train = (np.asarray(real.rows[real.train]), [labels[i] for i in real.train])
    return Watcher(codec, train, np.asarray(real.rows[chosen]), conditions, [labels[i] for i in chosen], ui)


def _labels(table: Records, train: Array, data: Artifact) -> LabelConditioner:
    """The classes of the train split."""
    from mmcli.conditioning.conditioner import LabelConditioner

    labels = table.labels
    names = sorted({name for i in train if (name := labels[i]) is not None})
    if not 2 <= len(names) <= _MOST_CLASSES:
        said = f"the train records have {len(names):,} classes; a condition takes 2 to {_MOST_CLASSES:,}"
        raise InputError(said, visible(data.path), "give the raw folder a column label, or leave --given label out")
    return LabelConditioner(label.LabelCodec(tuple(names)))


def _described(name: str, space: Artifact, build: Build) -> dict[str, Any]:
    known = space.manifest.fields.get(name)
    return known if known is not None else read_codec(build.path / codec_file(name)).describe()


def _codec(artifact: Artifact, name: str) -> Codec:
    return read_codec(artifact.file(codec_file(name)))


def _conditions(
    conditioner: Conditioner | LabelConditioner, data: Artifact, table: Records, config: TrainGanConfig, chosen: Array
) -> ConditionTable:
    """Conditions of the chosen records for every subset of the given fields."""
    from mmcli.conditioning.conditioner import LabelConditioner
    from mmcli.conditioning.table import ConditionTable

    given = given_fields(config)
    if not given:
        return ConditionTable.nothing(len(chosen), (conditioner.latents + 1) * conditioner.dim)
    tokens, present = {}, {}
    if isinstance(conditioner, LabelConditioner):
        numbers = conditioner.codec.rows(table.labels)[chosen]
        one_hot = conditioner.encode(label.FIELD, conditioner.codec.to_network(numbers))
        return ConditionTable.build(conditioner, {label.FIELD: one_hot}, {label.FIELD: numbers >= 0}, list(given))
    for name in given:
        rows = open_items(data, name)
        tokens[name] = conditioner.encode(name, _codec(data, name).to_network(np.asarray(rows[chosen])))
        present[name] = table.present(name)[chosen]
    return ConditionTable.build(conditioner, tokens, present, list(given))


def _full(conditions: ConditionTable) -> Array:
    """Conditions `[n, D]` on all fields that each record has; records that have one come first."""
    return conditions.full()[np.argsort(conditions.present == 0, kind="stable")]


def _extra(codec: Codec, held_out_rows: Array, held: ConditionTable | None, conditions: ConditionTable) -> dict[str, Any]:
    """What only a trainer of texts needs."""
    if not isinstance(codec, TokenCodec):
        return {}
    width = conditions.values.shape[-1]
    flat = held.values[np.arange(len(held.present)), held.present] if held else np.zeros((0, width), np.float16)
    return {"vocabulary": codec.vocabulary_size, "held_out": (held_out_rows, flat.astype(np.float32))}


def _save(folder: Path, space: Artifact, trainer: GanTrainer, conditioner: Conditioner | LabelConditioner, config: TrainGanConfig) -> None:
    from mmcli.conditioning.conditioner import LabelConditioner
    from mmcli.nn import networks_io

    networks = {**conditioner.networks, **trainer.networks()}
    extra: dict[str, Any] = {"fields": conditioner.fields, "target": config.target, "given": list(given_fields(config))}
    if isinstance(conditioner, LabelConditioner):
        copy_state(space, folder, [config.target])
        jsonio.write(folder / codec_file(label.FIELD), conditioner.codec.to_json())
    else:
        copy_state(space, folder, conditioner.fields)
    networks_io.save(folder, networks, extra)
