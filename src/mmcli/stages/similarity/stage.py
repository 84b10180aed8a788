"""`similarity`: compare items pairwise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays, csvfile, manifest, store
from mmcli.artifacts.manifest import InputRef
from mmcli.conditioning.embedded import Embedded
from mmcli.core import userfile
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError, UsageError
from mmcli.core.ui import Ui
from mmcli.modalities import registry
from mmcli.modalities.items import MAX_ITEM_BYTES, read_lines
from mmcli.modalities.modality import Published
from mmcli.nn import runtime
from mmcli.pipeline.driver import Job, Write, Written
from mmcli.stages.records_ledger import note_beyond, note_lacking
from mmcli.stages.similarity.options import SimilarityConfig

Array = npt.NDArray[Any]
Items = list[tuple[str, str]]  # modality, and words or a path


@dataclass(frozen=True)
class Side:
    """One side of a matrix: n items, their names, and their vectors `[n, d]`."""

    names: list[str]
    vectors: Array


def similarity(job: Job[SimilarityConfig]) -> Write:
    """Write the matrices of cosine similarities and Euclidean distances as `.npy`, CSV and heat map.

    The source is an artifact that `embed` wrote or, for items of a single modality, a published model.

    Raises:
        UsageError: A field is unknown, or there is no item for a published model.
        InputError: There is nothing to compare, or a file cannot be used.
        IntegrityError: The vectors of the two sides differ in width.
    """
    source, config = job.path("SOURCE"), job.config
    items = _items(config)
    embedded = (source / manifest.NAME).is_file() or (source.is_dir() and not (source / "config.json").is_file())
    files = [value for kind, value in items if not registry.find(kind).in_words()] + ([config.lines] if config.lines else [])
    job.references += [_reference(source, job.out, embedded, items), *(_file_reference(Path(path), job.out) for path in files)]

    def write() -> Written:
        rows, columns = (_from_embeddings if embedded else _published)(source, items, config, job.ui)
        summary = write_matrices(job.folder, rows, columns)
        return Written(counts={"rows": len(rows.names), "columns": len(columns.names)}, summary=summary)

    return write


def cosines(rows: Array, columns: Array) -> Array:
    """Cosine similarities `[n, m]` float32; 0 for zero vectors."""
    from mmcli.metrics.paired.retrieval import unit

    found: Array = np.clip(unit(rows) @ unit(columns).T, -1.0, 1.0).astype(np.float32)
    return found


def distances(rows: Array, columns: Array) -> Array:
    """Euclidean distances `[n, m]` float32."""
    from scipy.spatial.distance import cdist

    found: Array = cdist(np.asarray(rows, np.float64), np.asarray(columns, np.float64)).astype(np.float32)
    return found


def write_matrices(folder: Path, rows: Side, columns: Side) -> dict[str, Any]:
    """Write both matrices of two sides; returns a summary.

    Raises:
        IntegrityError: The vectors differ in width.
    """
    from mmcli.reporting.plots import heat_map

    if rows.vectors.shape[1] != columns.vectors.shape[1]:
        widths = f"{rows.vectors.shape[1]} and {columns.vectors.shape[1]}"
        raise IntegrityError(f"the vectors of rows and columns have different widths: {widths}", "", "compare fields of one artifact")
    summary: dict[str, Any] = {"rows": len(rows.names), "columns": len(columns.names)}
    for name, measure in (("cosine", cosines), ("euclidean", distances)):
        matrix = measure(rows.vectors, columns.vectors)
        arrays.save(folder / f"{name}.npy", matrix)
        lines = ([title, *map(float, line)] for title, line in zip(rows.names, matrix, strict=True))
        csvfile.write(folder / f"{name}.csv", ["", *columns.names], lines)
        heat_map(matrix, rows.names, columns.names, name, folder / f"{name}.png")
        summary[f"mean_{name}"] = float(matrix.mean())
        if matrix.shape[0] == matrix.shape[1]:
            summary[f"mean_{name}_of_the_diagonal"] = float(np.diag(matrix).mean())
    return summary


def _items(config: SimilarityConfig) -> Items:
    """Modality and value of every given item, by modality; lines are items of the inline modality."""
    lines = [(registry.inline(), line) for line in read_lines(Path(config.lines))] if config.lines else []
    order = {modality.name: i for i, modality in enumerate(registry.modalities())}
    return sorted([*config.given_items(), *lines], key=lambda item: order[item[0]])


def _from_embeddings(source: Path, items: Items, config: SimilarityConfig, ui: Ui) -> tuple[Side, Side]:
    data = Embedded(source)
    if items:
        named = data.modality.get(config.rows or "")
        fields = [data.field(config.rows if named == kind else None, f"--{kind}", modality=kind) for kind, _ in items]
        names = [value if registry.find(kind).in_words() else Path(value).name for kind, value in items]
        rows = Side(names, data.encode(list(zip(fields, (value for _, value in items), strict=True)), ui, config.seed))
        if not config.columns:
            return rows, rows
        columns = data.field(config.columns, "--columns")
        return rows, _side(data, columns, _records(data, [columns], config, ui))
    wanted = registry.inline() if not config.rows and registry.inline() in data.modality.values() else ""
    first = data.field(config.rows, "--rows", modality=wanted)
    second = data.field(config.columns or first, "--columns")
    fields = list(dict.fromkeys((first, second)))
    chosen = _records(data, fields, config, ui)
    sides = [_side(data, name, chosen) for name in fields]
    return sides[0], sides[-1]


def _records(data: Embedded, fields: list[str], config: SimilarityConfig, ui: Ui) -> Array:
    """Numbers of the first records of the split that have all of the fields, so that pairs are on the diagonal.

    Raises:
        InputError: There are none.
    """
    why = f"without {' and '.join(fields)}"
    found = note_lacking(ui.ledger, data.table, data.split(config.split), fields, least=len(fields), what="records", why=why)
    if not len(found):
        named = " and ".join(f"the field {visible(name)}" for name in fields)
        raise InputError(f"no record of the split {config.split} has {named}", data.where, "choose another --split")
    note_beyond(ui.ledger, len(found), config.most, what="records", why=f"above --most {config.most:,}")
    return found[: config.most]


def _side(data: Embedded, name: str, chosen: Array) -> Side:
    return Side([data.name_of(int(row), name) for row in chosen], np.asarray(data.vectors(name)[chosen], dtype=np.float32))


def _published(source: Path, items: Items, config: SimilarityConfig, ui: Ui) -> tuple[Side, Side]:
    """Compare items with a published model of their modality."""
    models, values = _models(items), [value for _, value in items]
    runtime.start(ui, config.seed)
    side = Side(values, models.vectors(source, values, config.pooling, ui))
    return side, side


def _models(items: Items) -> Published:
    known = {modality: found for modality in registry.modalities() if (found := modality.published_models())}
    kinds = {kind for kind, _ in items}
    fitting = next((found for modality, found in known.items() if kinds == {modality.name}), None)
    if fitting is None:
        plural = " or ".join(modality.plural for modality in known)
        flags = ", ".join(f"--{modality.name}" for modality in known)
        raise UsageError(f"a published model only compares {plural}", f"{flags}, --lines", f"give {plural}, or the folder that embed wrote")
    return fitting


def _reference(source: Path, out: Path, embedded: bool, items: Items) -> InputRef:
    if embedded:
        return store.relative_input(source, out, "embeddings", store.open_artifact(source, "embeddings", verify=False).id)
    if not source.is_dir():
        userfile.check(source, "file", "check the path")
    return store.relative_input(source, out, "file", _models(items).sha256(source))


def _file_reference(path: Path, out: Path) -> InputRef:
    userfile.check(path, "file", "check the path", MAX_ITEM_BYTES)
    return store.relative_input(path, out, "file", manifest.sha256_of(path))
