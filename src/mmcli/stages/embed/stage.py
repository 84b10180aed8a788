"""`embed`: learn a shared embedding space of all fields of a data set."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays, manifest, records, store
from mmcli.artifacts.manifest import InputRef
from mmcli.artifacts.records import Records
from mmcli.artifacts.store import Artifact
from mmcli.core import userfile
from mmcli.core.display import visible
from mmcli.core.errors import InputError, UsageError
from mmcli.core.ledger import Ledger
from mmcli.core.ui import Ui
from mmcli.modalities import codec_file, codec_of
from mmcli.modalities.base import Codec
from mmcli.modalities.fields import open_rows
from mmcli.modalities.sequences import Rows
from mmcli.nn import runtime
from mmcli.pipeline.driver import Job, Write, Written
from mmcli.stages import watching
from mmcli.stages.embed.options import MOST_VALIDATION, EmbedConfig
from mmcli.stages.records_ledger import note_beyond, note_cut, note_lacking
from mmcli.training.observer import observed

if TYPE_CHECKING:
    from mmcli.nn.networks_io import Network
    from mmcli.stages.embed.embedder import Embedder, Positives

Array = npt.NDArray[Any]
_MIN_TRAIN_RECORDS = 4
_MOST_VIEWS = 1000
_MAP_POINTS, _LEAST_MAP_POINTS = 600, 8


def embed(job: Job[EmbedConfig]) -> Write:
    """Train an encoder per field so that fields of the same record are close, and encode every record.

    With a single field, the positive pairs are two augmented views of an item. Per field it writes
    `vectors [N, d]` (unit length), `tokens [N, T, d]` and the same before projection, `features [N, T, C]`; and
    the encoders.

    Raises:
        InputError: Too few train records.
        UsageError: There is one field, and `config.augment` is 0.
    """
    job.references += _weights_refs(job.config, job.out)
    watching.check(job.config)

    def write() -> Written:
        source = job.input("DATASET")
        table, fields = records.read(source.path), list(source.manifest.fields)
        _check(source, table, fields, job.config)
        _account(source, table, fields, job.ledger)
        summary = _train_and_write(source, table, fields, job)
        return Written(source.manifest.fields, source.manifest.counts, summary)

    return write


def _account(source: Artifact, table: Records, fields: list[str], ledger: Ledger) -> None:
    """Note the records that are not learned from, and what of the items encoders do not read."""
    train = table.rows("train")
    why = "only one of the fields, so no pair to learn from" if len(fields) > 1 else "without the field"
    note_lacking(ledger, table, train, fields, least=min(2, len(fields)), what="train records", why=why)
    used = f"only {MOST_VALIDATION:,} are used to stop"
    note_beyond(ledger, len(table.rows("val")), MOST_VALIDATION, what="val records", why=used)
    codecs = {name: codec_of(source, name) for name in fields}
    note_cut(ledger, table, codecs, np.arange(len(table)), rows=False)


def _weights_refs(config: EmbedConfig, out: Path) -> list[InputRef]:
    """Pretrained weights are inputs too: a different file of the same name is a different input."""
    refs = []
    for option, value in config.weight_files():
        path = Path(value) / "model.safetensors" if Path(value).is_dir() else Path(value)
        if not Path(value).is_dir():
            userfile.check(Path(value), "weights file", f"check the path given to {option}")
        refs.append(store.relative_input(Path(value), out, "file", manifest.sha256_of(path) if path.is_file() else ""))
    return refs


def _check(source: Artifact, table: Records, fields: list[str], config: EmbedConfig) -> None:
    where = str(source.path)
    train = table.rows("train")
    if len(fields) == 1:
        _check_views(table, fields[0], where, config)
        return
    paired = np.sum([table.present(name)[train] for name in fields], axis=0) >= 2 if len(train) else np.zeros(0)
    if paired.sum() < _MIN_TRAIN_RECORDS:
        what = f"too few train records have two or more fields: {int(paired.sum())} ({_present_counts(table, fields)})"
        raise InputError(what, where, f"provide at least {_MIN_TRAIN_RECORDS} such records")
    for name in fields:
        if not table.present(name)[train].any():
            raise InputError(f"no train record has the field {name}", where, "remove the field, or add records that have it")


def _check_views(table: Records, field: str, where: str, config: EmbedConfig) -> None:
    """Check the requirements of learning from augmented views of a single field."""
    if not config.augment:
        what = (
            f"{visible(field)} is the only field, so its encoder needs augmented views of the items, but --augment 0 disables augmentation"
        )
        raise UsageError(what, "--augment", "omit it, or add another field to the raw folder")
    count = int(table.present(field)[table.rows("train")].sum())
    if count < _MIN_TRAIN_RECORDS:
        raise InputError(f"too few train records have the field {visible(field)}: {count}", where, f"provide at least {_MIN_TRAIN_RECORDS}")


def _present_counts(table: Records, fields: list[str]) -> str:
    return ", ".join(f"{name}: {int(table.present(name).sum()):,}" for name in fields)


def _train_and_write(source: Artifact, table: Records, fields: list[str], job: Job[EmbedConfig]) -> dict[str, Any]:
    folder, config, ui = job.folder, job.config, job.ui
    runtime.start(ui, config.seed, side_by_side=config.small())
    from mmcli.nn import networks_io
    from mmcli.stages.embed.embedder import Embedder
    from mmcli.training.epochs import FOLDER, fit

    codecs = {name: codec_of(source, name) for name in fields}
    rows = {name: open_rows(source, name, codec) for name, codec in codecs.items()}
    sequences = {name: codec.sequences_of(rows[name]) for name, codec in codecs.items()}
    networks = _build_networks(rows, table, codecs, folder, config, ui)
    positives = positives_of(table, fields, config.positives)
    embedder = Embedder(networks, sequences, table, positives, config)
    observer = watching.observers_of(job, folder / FOLDER)
    with observed(observer):
        state = fit(embedder, epochs=embedder.epochs, patience=config.patience, folder=folder, ui=ui, label="embed", observer=observer)
    vectors = _encode_all(embedder, table, folder)
    extra = {"fields": fields, "dim": config.dim, "tokens": config.tokens}
    networks_io.save(folder, {f"encoder.{name}": net for name, net in networks.items()}, extra)
    copy_state(source, folder, fields)
    summary = {"epochs": state["epochs"], "best_epoch": state["best_epoch"], "loss_uninformed": embedder.uninformed_loss}
    if len(fields) == 1:
        summary |= _score_views(embedder, vectors, table, positives.match)
    else:
        summary |= _score(vectors, table, positives.match)
    _draw_map(vectors, table, str(summary["scored_on"]), config.seed, folder / "map.png")
    _tell(summary, ui, silent=embedder.knows_nothing())
    return summary


def _tell(summary: dict[str, Any], ui: Ui, *, silent: bool) -> None:
    """Report the retrieval in one line, and warn if nothing was learned."""
    split, views = summary["scored_on"], summary.get("views")
    doubt = (
        "there may be too few items, or they may be too similar" if "views" in summary else "the fields of a record may not belong together"
    )
    found = summary if views is None else {"r1": views["R@1"], "chance": views["chance_R@1"], "retrieval": {"views": views}}
    if silent:
        ui.warn(f"the loss stayed at that of an untrained model: {doubt}")
    elif found.get("retrieval") and not _above_chance(found):
        ui.warn(f"retrieval on the {split} split is at chance level: {doubt}")
    if found.get("retrieval"):
        what = "between views" if views else f"mean of {len(found['retrieval'])} directions"
        ui.info(f"{split} retrieval R@1 {found['r1']:.3f}, chance {found['chance']:.3f}, {what}")
    for name, accuracy in summary["probes"].items():
        ui.detail(f"linear probe on {visible(name)}, {split} accuracy: {accuracy:.3f}")


def _build_networks(
    rows: dict[str, Rows], table: Records, codecs: dict[str, Codec], folder: Path, config: EmbedConfig, ui: Ui
) -> dict[str, Network]:
    from mmcli.modalities.towers import EncoderJob, build_tower

    networks = {}
    for name, codec in codecs.items():
        train, validation = (chosen[table.present(name)[chosen]] for chosen in (table.rows("train"), table.rows("val")))
        networks[name] = build_tower(EncoderJob(name, codec, rows[name], train, validation, folder, config, ui))
    return networks


def positives_of(table: Records, fields: list[str], mode: str) -> Positives:
    """Positive pairs of records.

    One column per field groups its duplicates (equal after decoding). A column of labels is added if
    `mode` is `label`, or `auto` and most texts are repeated, so that a text carries no more
    information than the label.
    """
    from mmcli.stages.embed.embedder import Positives

    columns = []
    repeated, match = False, np.full(len(table), -1)
    for name in fields:
        digests = np.asarray(table.digests(name), dtype=object)
        present = table.present(name)
        _, numbers = np.unique(np.where(present, digests, "").astype(str), return_inverse=True)
        columns.append(np.where(present, numbers, -1))
        if f"{name}.text" in table.columns and present.any():
            repeated |= len(set(columns[-1][present])) < 0.5 * present.sum()
            match = columns[-1]
    labels, names = table.label_ids()
    has_text = any(f"{name}.text" in table.columns for name in fields)
    if mode == "label" or (mode == "auto" and len(names) >= 2 and (repeated or not has_text)):
        columns.append(labels)
        match = labels
    return Positives(np.stack(columns, 1), match)


def _encode_all(embedder: Embedder, table: Records, folder: Path) -> dict[str, Array]:
    vectors = {}
    (folder / "vectors").mkdir(exist_ok=True)
    for name in embedder.fields:
        vectors[name], *kept = embedder.encode(name, np.arange(len(table)))
        for kind, array in zip(("vectors", "tokens", "features"), (vectors[name], *kept), strict=True):
            array[~table.present(name)] = 0.0
            if kind != "features" or embedder.config.features:
                arrays.save(folder / kind / f"{name}.npy", array)
    return vectors


def copy_state(source: Artifact, folder: Path, fields: list[str]) -> None:
    """Copy the records table and the codecs of `fields`, which every later artifact contains."""
    (folder / "fields").mkdir(exist_ok=True)
    for name in fields:
        shutil.copyfile(source.file(codec_file(name)), folder / codec_file(name))
    shutil.copyfile(source.file(records.NAME), folder / records.NAME)


def _score(vectors: dict[str, Array], table: Records, match: Array) -> dict[str, Any]:
    """Retrieval on the test split (validation if there is no test split), in each direction of each pair."""
    from mmcli.metrics.paired.retrieval import retrieve

    split = records.scored_split(table.rows, 2)
    directions = {}
    for a in vectors:
        for b in vectors:
            rows = table.rows(split)
            rows = rows[table.present(a)[rows] & table.present(b)[rows]]
            if a != b and len(rows) >= 2:
                directions[f"{a} to {b}"] = retrieve(vectors[a][rows], vectors[b][rows], match[rows]).to_json()
    spread = _spread(vectors, table, split)
    r1 = float(np.mean([d["R@1"] for d in directions.values()])) if directions else 0.0
    chance = float(np.mean([d["chance_R@1"] for d in directions.values()])) if directions else 0.0
    return {"scored_on": split, "r1": r1, "chance": chance, "retrieval": directions, "probes": _probes(vectors, table, split), **spread}


def _score_views(embedder: Embedder, vectors: dict[str, Array], table: Records, match: Array) -> dict[str, Any]:
    """Retrieval between augmented views of the only field, on the test split if there is one."""
    split = records.scored_split(table.rows, 2)
    chosen = table.rows(split)[:_MOST_VIEWS]
    found = embedder.retrieve_views(chosen, match[chosen])
    probes, spread = _probes(vectors, table, split), _spread(vectors, table, split)
    return {"scored_on": split, "views": found.to_json() if found else None, "probes": probes, "uniformity": spread["uniformity"]}


def _above_chance(summary: dict[str, Any]) -> bool:
    """Whether the mean R@1 is more than three standard errors above that of a constant encoder."""
    chance, queries = summary["chance"], min(d["queries"] for d in summary["retrieval"].values())
    return bool(summary["r1"] > chance + 3.0 * np.sqrt(chance * (1.0 - chance) / queries))


def _spread(vectors: dict[str, Array], table: Records, split: str) -> dict[str, Any]:
    """Alignment of each pair of fields, and uniformity of each field."""
    from mmcli.metrics.unpaired.spread import alignment, uniformity

    chosen = {name: table.rows(split)[table.present(name)[table.rows(split)]] for name in vectors}
    aligned = {}
    for a, b in itertools.combinations(vectors, 2):
        both = np.intersect1d(chosen[a], chosen[b])
        if len(both):
            aligned[f"{a} and {b}"] = alignment(vectors[a][both], vectors[b][both])
    return {"alignment": aligned, "uniformity": {n: uniformity(vectors[n][rows]) for n, rows in chosen.items() if len(rows) >= 2}}


def _draw_map(vectors: dict[str, Array], table: Records, split: str, seed: int, path: Path) -> None:
    """Plot some records of the split, in each of their fields, in two dimensions."""
    from mmcli.reporting.plots import map_picture

    rows = {name: table.rows(split)[table.present(name)[table.rows(split)]][: _MAP_POINTS // len(vectors)] for name in vectors}
    points = np.concatenate([vectors[name][chosen] for name, chosen in rows.items()])
    fields = np.concatenate([np.full(len(chosen), i) for i, chosen in enumerate(rows.values())])
    labels, names = table.label_ids()
    if len(points) >= _LEAST_MAP_POINTS:
        map_picture(points, fields, list(vectors), np.concatenate([labels[chosen] for chosen in rows.values()]), names, seed, path)


def _probes(vectors: dict[str, Array], table: Records, split: str) -> dict[str, float]:
    """Accuracy of a linear probe per field, trained on the train split."""
    from mmcli.metrics.probe import linear_probe

    labels, names = table.label_ids()
    found = {}
    for name, x in vectors.items():
        usable = table.present(name) & (labels >= 0)
        train, test = (rows[usable[rows]] for rows in (table.rows("train"), table.rows(split)))
        if len(names) >= 2 and len(test) and len(set(labels[train])) >= 2:
            found[name] = linear_probe(x[train], labels[train], x[test], labels[test])
    return found
