"""`fuse`: learn one condition per record from whichever fields it has."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mmcli import config as configuration
from mmcli import runtime
from mmcli.artifacts import store
from mmcli.artifacts.rowfile import RowWriter
from mmcli.artifacts.store import Artifact
from mmcli.config import FuseConfig
from mmcli.display import visible
from mmcli.errors import InputError, UsageError
from mmcli.outcome import Outcome
from mmcli.stages.embed import copy_state
from mmcli.ui import Ui

if TYPE_CHECKING:
    from mmcli.metrics.subsets import Sample
    from mmcli.training.fuse_data import EmbeddedRecords
    from mmcli.training.fuser import Fuser

Array = npt.NDArray[Any]
KIND = "fused"
_MIN_TRAIN_RECORDS = 4
_CHUNK = 512
_MAX_PROBE_TRAIN, _MAX_SCORED = 10_000, 2_000
_MAX_SUBSET_FIELDS = 6
_SAMPLE_PURPOSE = 35


def fuse(embeddings: Path, out: Path, config: FuseConfig, ui: Ui, *, force: bool = False) -> Outcome:
    """Train a fusion network on embedded records and write every record's condition.

    Args:
        embeddings: Artifact that `embed` wrote.
        out: Artifact to write: `condition [N, d]`, `latents [N, K, d]`, zero rows for records
            without any field, and the encoders with the fusion network.
        config: Options.
        ui: Where progress goes.
        force: Do it again even if up to date.

    Raises:
        InputError: Too few train records have a field.
        IntegrityError: The embeddings' arrays do not fit each other.
        UsageError: The width is no multiple of the heads.
    """
    source = store.open_artifact(embeddings, "embeddings", verify=False)
    ref = store.relative_input(embeddings, out, "embeddings", source.id)
    settings = configuration.as_dict(config)
    with store.begin(out, kind=KIND, config=settings, seed=config.seed, inputs=[ref], force=force, libraries=runtime.LIBRARIES) as build:
        if build.up_to_date:
            return Outcome.of(build, out)
        source = store.open_artifact(embeddings, "embeddings")
        with ui.logging_to(build.path / "log.txt"):
            data = _open(source, config, ui)
            summary = _train_and_write(source, data, build.path, config, ui)
        build.commit(fields=source.manifest.fields, counts=source.manifest.counts, summary=summary)
        return Outcome.of(build, out)


def _open(source: Artifact, config: FuseConfig, ui: Ui) -> EmbeddedRecords:
    """Everything that can be refused before TensorFlow is loaded."""
    from mmcli.training.fuse_data import EmbeddedRecords

    data = EmbeddedRecords(source)
    where = visible(source.path)
    if data.dim % config.heads:
        fits = [n for n in range(1, config.heads) if data.dim % n == 0]
        raise UsageError(f"the embeddings' width {data.dim} is no multiple of {config.heads} heads", "--heads", f"use --heads {fits[-1]}")
    if len(data.rows("train")) < _MIN_TRAIN_RECORDS:
        raise InputError(f"only {len(data.rows('train'))} train records have a field", where, f"give at least {_MIN_TRAIN_RECORDS}")
    empty = np.flatnonzero(~data.present.any(1))
    if len(empty):
        some = ", ".join(visible(name) for name in data.ids(empty[:3]))
        ui.warn(f"{len(empty)} records have no field at all; their conditions are zero: {some}{' ...' if len(empty) > 3 else ''}")
    return data


def _train_and_write(source: Artifact, data: EmbeddedRecords, folder: Path, config: FuseConfig, ui: Ui) -> dict[str, Any]:
    runtime.start(ui, config.seed)
    from mmcli.models import networks_io
    from mmcli.training.epochs import fit
    from mmcli.training.fuser import Fuser, choose_objective

    objective, reason = choose_objective(config.objective, data)
    ui.info(f"objective: {reason}")
    fuser = Fuser(data, config, objective, config.method)
    state = fit(fuser, epochs=config.epochs, patience=config.patience, folder=folder, ui=ui, label="fuse")
    extra = {"fields": data.fields, "dim": data.dim, "latents": config.latents, "tokens": data.tokens}
    networks_io.save(folder, {"fusion": fuser.network}, extra, carried=source.path)
    copy_state(source, folder, data.fields)
    _write_conditions(fuser, data, folder, config.latents)
    summary = {"method": config.method, "objective": objective, "epochs": state["epochs"], "best_epoch": state["best_epoch"]}
    return summary | _score(fuser, data, config, ui)


def _write_conditions(fuser: Fuser, data: EmbeddedRecords, folder: Path, latents: int) -> None:
    with (
        RowWriter(folder / "condition.npy", (data.dim,), np.float32) as conditions,
        RowWriter(folder / "latents.npy", (latents, data.dim), np.float32) as tokens,
    ):
        for begin in range(0, len(data), _CHUNK):
            batch = data.read(slice(begin, begin + _CHUNK))
            condition, latent = fuser.forward(batch.tokens, batch.present)
            conditions.append(condition)
            tokens.append(latent)


def _score(fuser: Fuser, data: EmbeddedRecords, config: FuseConfig, ui: Ui) -> dict[str, Any]:
    """Every subset of the fields, each field alone, and accuracy against noise."""
    from mmcli.metrics import subsets

    split = next((name for name in ("test", "val", "train") if len(data.rows(name))), "train")
    train, test = _sample(data, "train", _MAX_PROBE_TRAIN, config.seed), _sample(data, split, _MAX_SCORED, config.seed)

    def run(tokens: Array, mask: Array) -> Array:
        return fuser.forward(tokens, mask)[0]

    fitted = subsets.fitted_probe(run, train)
    table = subsets.score_subsets(run, fuser.predict_fields, fitted, test, data.fields) if len(data.fields) <= _MAX_SUBSET_FIELDS else {}
    alone = subsets.score_alone(train, test, data.fields)
    summary = {"scored_on": split, "subsets": table, "alone": alone}
    if fitted is not None:
        summary["noise"] = subsets.noise_curves(run, fitted, test, data.fields, config.seed)
    for line in table_lines(table, alone):
        ui.info(line)
    return summary


def _sample(data: EmbeddedRecords, split: str, most: int, seed: int) -> Sample:
    """Records of a split, at most so many, chosen by the seed."""
    from mmcli.metrics.subsets import Sample

    rows = data.rows(split)
    if len(rows) > most:
        rows = np.sort(np.random.default_rng([seed, _SAMPLE_PURPOSE]).choice(rows, most, replace=False))
    batch = data.read(rows)
    return Sample(batch.tokens, batch.vectors, batch.present, batch.labels)


def table_lines(table: dict[str, dict[str, float]], alone: dict[str, float]) -> list[str]:
    """The subsets' scores as lines of text, each single field beside itself without fusion."""
    if not table:
        return []
    width = max(len(visible(name)) for name in table) + 2
    lines = [f"{'fields':<{width}}{'accuracy':>10}{'unfused':>10}{'retrieval':>11}{'cosine':>9}"]
    for name, row in table.items():
        figures = (row.get("accuracy"), alone.get(name), row.get("retrieval"), row.get("reconstruction"))
        cells = ["" if x is None or math.isnan(x) else f"{x:.3f}" for x in figures]
        lines.append(f"{visible(name):<{width}}{cells[0]:>10}{cells[1]:>10}{cells[2]:>11}{cells[3]:>9}")
    return lines
