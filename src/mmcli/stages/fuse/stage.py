"""`fuse`: learn one condition per record from its available fields."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import jsonio
from mmcli.artifacts.rowfile import RowWriter
from mmcli.artifacts.store import Artifact
from mmcli.conditioning.options import FuseConfig
from mmcli.core.display import counted, visible
from mmcli.core.errors import InputError, UsageError
from mmcli.core.ui import Ui
from mmcli.nn import runtime
from mmcli.pipeline.driver import Job, Write, Written
from mmcli.stages import watching
from mmcli.stages.embed.stage import copy_state
from mmcli.training.observer import observed

if TYPE_CHECKING:
    from mmcli.conditioning.embedded_records import EmbeddedRecords
    from mmcli.conditioning.fuser import Fuser

Array = npt.NDArray[Any]
REJECTS = "rejects.jsonl"
_MIN_TRAIN_RECORDS = 4


def fuse(job: Job[FuseConfig]) -> Write:
    """Train a fusion network on embedded records and write every record's condition.

    It writes `condition [N, d]` and `latents [N, K, d]`, with zero rows for records without any field (listed in
    `rejects.jsonl`), and the encoders with the fusion network.

    Raises:
        InputError: Too few train records have a field.
        IntegrityError: The shapes of the embeddings' arrays do not match.
        UsageError: The dimension is not a multiple of the number of heads.
    """
    watching.check(job.config)

    def write() -> Written:
        source = job.input("EMBEDDINGS")
        data = _open(source, job.config, job.ui)
        _report_empty(data, job.folder, job.ui)
        summary = _train_and_write(source, data, job)
        return Written(source.manifest.fields, source.manifest.counts, summary)

    return write


def _open(source: Artifact, config: FuseConfig, ui: Ui) -> EmbeddedRecords:
    """Open and check the embeddings before TensorFlow is loaded."""
    from mmcli.conditioning.embedded_records import EmbeddedRecords

    data = EmbeddedRecords(source)
    where = visible(source.path)
    if data.dim % config.heads:
        fits = [n for n in range(1, config.heads) if data.dim % n == 0]
        raise UsageError(
            f"the embedding dimension {data.dim} is not a multiple of {config.heads} heads", "--heads", f"use --heads {fits[-1]}"
        )
    if len(data.rows("train")) < _MIN_TRAIN_RECORDS:
        raise InputError(f"only {len(data.rows('train'))} train records have a field", where, f"provide at least {_MIN_TRAIN_RECORDS}")
    if len(data.fields) == 1:
        name = visible(data.fields[0])
        ui.warn(f"{name} is the only field, so there is nothing to fuse; mmcli train-gan DATASET --target {name} needs no fused artifact")
    return data


def _report_empty(data: EmbeddedRecords, folder: Path, ui: Ui) -> None:
    """List the records without any field in `rejects.jsonl`, and the first ones in a warning."""
    ids = data.ids(np.flatnonzero(~data.present.any(1)))
    entries = [{"id": name, "path": "", "stage": "fuse", "code": "REC_EMPTY", "message": "the record has no field"} for name in ids]
    lines = [jsonio.dumps(entry, indent=None) + "\n" for entry in entries]
    (folder / REJECTS).write_text("".join(lines), encoding="utf-8")
    if ids:
        ui.ledger.leave_out("records", "without any field; their condition is zero", count=len(ids), of=len(data), names=ids)
        some = ", ".join(visible(name) for name in ids[:3])
        ui.warn(f"{counted(len(ids), 'record')} without any field; their conditions are zero: {some}{' ...' if len(ids) > 3 else ''}")


def _train_and_write(source: Artifact, data: EmbeddedRecords, job: Job[FuseConfig]) -> dict[str, Any]:
    folder, config, ui = job.folder, job.config, job.ui
    runtime.start(ui, config.seed, side_by_side=True)
    from mmcli.conditioning.fuser import Fuser, choose_objective
    from mmcli.conditioning.fusion import METHODS
    from mmcli.nn import networks_io
    from mmcli.stages.fuse import attention, compare, scores
    from mmcli.training.epochs import FOLDER, fit

    objective, reason = choose_objective(config.objective, data)
    ui.info(f"objective: {reason}")
    others = tuple(name for name in METHODS if name != config.method) if config.compare else ()
    table = compare.compare(data, config, objective, others, folder, ui)
    fuser = Fuser(data, config, objective, config.method)
    observer = watching.observers_of(job, folder / FOLDER)
    with observed(observer):
        state = fit(fuser, epochs=config.epochs, patience=config.patience, folder=folder, ui=ui, label="fuse", observer=observer)
    extra = {"fields": data.fields, "dim": data.dim, "latents": config.latents, "tokens": data.tokens}
    networks_io.save(folder, {"fusion": fuser.network}, extra, carried=source.path)
    copy_state(source, folder, data.fields)
    _write_conditions(fuser, data, folder, config.latents)
    summary = {"method": config.method, "objective": objective, "epochs": state["epochs"], "best_epoch": state["best_epoch"]}
    summary |= scores.score(fuser, data, config.seed)
    _tell(summary, ui)
    if config.attention:
        attention.draw(fuser, data, source, config.attention, folder, ui)
    if config.compare:
        table[config.method] = compare.line(fuser, data, summary, state)
        best = max(summary["alone"], key=summary["alone"].__getitem__, default="")
        summary["methods"] = {name: table[name] for name in METHODS}
        for text in compare.lines(summary["methods"], {f"{best} unfused": {"accuracy": summary["alone"][best]}} if best else {}):
            ui.info(text)
    return summary


def _tell(summary: dict[str, Any], ui: Ui) -> None:
    from mmcli.stages.fuse import scores

    if summary["scored_on"] != "test":
        ui.warn(f"no test record has a field: scoring the {summary['scored_on']} split instead")
    for text in [*scores.subset_lines(summary), *scores.noise_lines(summary)]:
        ui.info(text)
    if fractions := scores.attention_line(summary):
        ui.info(f"attention by field in complete records: {fractions}")


def _write_conditions(fuser: Fuser, data: EmbeddedRecords, folder: Path, latents: int) -> None:
    with (
        RowWriter(folder / "condition.npy", (data.dim,), np.float32) as conditions,
        RowWriter(folder / "latents.npy", (latents, data.dim), np.float32) as tokens,
    ):
        for begin in range(0, len(data), fuser.chunk):
            batch = data.read(slice(begin, begin + fuser.chunk))
            condition, latent = fuser.forward(batch.tokens, batch.present)
            conditions.append(condition)
            tokens.append(latent)
