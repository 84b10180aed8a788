"""`train-gan`: a conditional GAN that makes one field from any subset of the others."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mmcli import config as configuration
from mmcli import runtime
from mmcli.artifacts import arrays, jsonio, records, store
from mmcli.artifacts.records import Records
from mmcli.artifacts.store import Artifact, Build
from mmcli.config import TrainGanConfig
from mmcli.display import visible
from mmcli.errors import InputError, IntegrityError, UsageError
from mmcli.modalities import codec_from_json
from mmcli.modalities.base import Codec
from mmcli.modalities.recipe import recipe_of
from mmcli.outcome import Outcome
from mmcli.stages.embed import copy_state
from mmcli.ui import Ui

if TYPE_CHECKING:
    from mmcli.models.conditioner import Conditioner
    from mmcli.training.conditions import ConditionTable
    from mmcli.training.gan_loop import GanTrainer

Array = npt.NDArray[Any]
KIND = "gan"
MIN_RECORDS = 8
_GRID_ITEMS = 32
_GRID_FILES = 4
_MAX_HELD_OUT = 512


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
        UsageError: Unknown target or given field.
        InputError: Fewer than 8 train records have the target.
        IntegrityError: `fused` was made from another data set.
        BelowBarError: Training diverged.
    """
    data = store.open_artifact(dataset, "dataset", verify=False)
    space = store.open_artifact(fused, "fused", verify=False)
    config = resolve(config, data, space)
    refs = [store.relative_input(dataset, out, "dataset", data.id), store.relative_input(fused, out, "fused", space.id)]
    settings = configuration.as_dict(config)
    with store.begin(out, kind=KIND, config=settings, seed=config.seed, inputs=refs, force=force, libraries=runtime.LIBRARIES) as build:
        if build.up_to_date:
            return Outcome.of(build, out)
        data, space = store.open_artifact(dataset, "dataset"), store.open_artifact(fused, "fused")
        table = records.read(dataset)
        _check_same_records(table, space)
        with ui.logging_to(build.path / "log.txt"):
            summary = _train(data, space, table, config, build, ui)
        fields = {name: space.manifest.fields[name] for name in (*config.given, config.target)}
        build.commit(fields=fields, counts=data.manifest.counts, summary=summary)
        return Outcome.of(build, out)


def resolve(config: TrainGanConfig, data: Artifact, space: Artifact) -> TrainGanConfig:
    """Check the fields and fill in what the options leave to the data and the modality."""
    fields = list(data.manifest.fields)
    if config.target not in fields:
        said = f"there is no field {visible(config.target)}" if config.target else "no field to generate was named"
        raise UsageError(said, "--target", f"use one of: {', '.join(fields)}")
    others = [name for name in space.manifest.fields if name != config.target]
    given = config.given or tuple(others)
    for name in given:
        if name not in others:
            reason = "is the target itself" if name == config.target else "is not in the fused artifact"
            raise UsageError(f"the given field {visible(name)} {reason}", "--given", f"use some of: {', '.join(others)}")
    recipe = recipe_of(str(data.manifest.fields[config.target]["modality"]))
    if not config.kimg and not config.minutes:
        wanted = recipe.epochs * int(data.manifest.counts.get("train", 0)) / 1000
        config = replace(config, kimg=float(np.clip(wanted, recipe.min_kimg, recipe.max_kimg)))
    return replace(
        config,
        given=given,
        batch_size=config.batch_size or recipe.batch_size,
        learning_rate=config.learning_rate or recipe.learning_rate,
        gamma=recipe.gamma_for(int(data.manifest.counts["present"][config.target])) if config.gamma < 0 else config.gamma,
        width=config.width or recipe.width,
    )


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
    config = replace(config, batch_size=min(config.batch_size, len(train)))
    device = runtime.start(ui, config.seed, config.precision)
    from mmcli.models.conditioner import Conditioner
    from mmcli.training import gan_loop
    from mmcli.training.conditions import MAX_GIVEN

    if len(config.given) > MAX_GIVEN:
        raise UsageError(f"at most {MAX_GIVEN} given fields are possible, not {len(config.given)}", "--given", "name fewer")
    codec = _codec(data, config.target)
    conditioner = Conditioner.load(space.path)
    rows = arrays.load(data.file(f"fields/{config.target}.npy"))
    conditions = _conditions(conditioner, data, table, config, train)
    held_out = table.rows("val")
    held_out = held_out[table.present(config.target)[held_out]][:_MAX_HELD_OUT]
    held = _conditions(conditioner, data, table, config, held_out) if len(held_out) else None
    extra = _extra(codec, np.asarray(rows[held_out]), held, conditions)
    trainer = recipe_of(codec.modality).load_trainer()(
        codec.modality, np.asarray(rows[train]), list(codec.network_shape), conditions, config, **extra
    )
    grid = _GridWriter(trainer, codec, _full(held or conditions), build.path / "samples")
    progress = gan_loop.train(trainer, len(train), config, build.path, ui, grid)
    facts = trainer.finish()
    _save(build.path, space, trainer, conditioner, config)
    shutil.rmtree(build.path / gan_loop.FOLDER, ignore_errors=True)
    return {
        "target": config.target,
        "given": list(config.given),
        "modality": codec.modality,
        "steps": progress.step,
        "kimg": round(progress.step * config.batch_size / 1000, 3),
        "precision": device.precision,
        "records": len(train),
        **facts,
    }


def _codec(artifact: Artifact, name: str) -> Codec:
    return codec_from_json(jsonio.read(artifact.file(f"fields/{name}.codec.json")))


def _conditions(conditioner: Conditioner, data: Artifact, table: Records, config: TrainGanConfig, chosen: Array) -> ConditionTable:
    """Conditions of the chosen records for every subset of the given fields."""
    from mmcli.training.conditions import ConditionTable

    tokens, present = {}, {}
    for name in config.given:
        rows = arrays.load(data.file(f"fields/{name}.npy"))
        tokens[name] = conditioner.encode(name, _codec(data, name).to_network(np.asarray(rows[chosen])))
        present[name] = table.present(name)[chosen]
    return ConditionTable.build(conditioner, tokens, present, list(config.given))


def _full(conditions: ConditionTable) -> Array:
    """Conditions `[n, D]` on all fields that each record has; records that have one come first."""
    order = np.argsort(conditions.present == 0, kind="stable")
    return conditions.values[order, conditions.present[order]]


def _extra(codec: Codec, held_out_rows: Array, held: ConditionTable | None, conditions: ConditionTable) -> dict[str, Any]:
    """What only a trainer of texts needs."""
    vocabulary = getattr(codec, "vocabulary_size", None)
    if vocabulary is None:
        return {}
    width = conditions.values.shape[-1]
    flat = held.values[np.arange(len(held.present)), held.present] if held else np.zeros((0, width), np.float16)
    return {"vocabulary": vocabulary, "held_out": (held_out_rows, flat.astype(np.float32))}


class _GridWriter:
    """Writes a contact sheet and a few files of fixed conditions and seeds at every tick."""

    def __init__(self, trainer: GanTrainer, codec: Codec, conditions: Array, folder: Path) -> None:
        self._trainer, self._codec, self._folder = trainer, codec, folder
        self._conditions = np.resize(conditions, (_GRID_ITEMS, conditions.shape[-1])).astype(np.float32)

    def __call__(self, kimg: float) -> None:
        from PIL import Image

        items = self._trainer.sample(self._conditions, list(range(_GRID_ITEMS)))
        rows = self._codec.from_network(items)
        self._folder.mkdir(exist_ok=True)
        name = f"{kimg:09.1f}"
        Image.fromarray(self._codec.sheet(rows)).save(self._folder / f"{name}.png")
        for i, row in enumerate(rows[:_GRID_FILES]):
            self._codec.write(row, self._folder / f"{name}-{i}")


def _save(folder: Path, space: Artifact, trainer: GanTrainer, conditioner: Conditioner, config: TrainGanConfig) -> None:
    from mmcli.models import networks_io

    networks = {**conditioner.networks, **trainer.networks()}
    extra = {"fields": conditioner.fields, "target": config.target, "given": list(config.given)}
    networks_io.save(folder, networks, extra)
    copy_state(space, folder, conditioner.fields)
