"""`similarity`: how alike are items, each row with each column?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays, csvfile, manifest, store
from mmcli.artifacts.manifest import InputRef
from mmcli.core import options
from mmcli.core.display import visible
from mmcli.core.errors import InputError, IntegrityError, UsageError
from mmcli.core.ui import Ui
from mmcli.nn import runtime
from mmcli.pipeline.outcome import Outcome
from mmcli.stages.similarity.options import SimilarityConfig

Array = npt.NDArray[Any]
KIND = "similarity"
_MAX_LINES_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Side:
    """One side of a matrix: n items, what to call them, and their vectors `[n, d]`."""

    names: list[str]
    vectors: Array


def similarity(source: Path, out: Path, config: SimilarityConfig, ui: Ui, *, force: bool = False) -> Outcome:
    """Write the matrices of cosines and of Euclidean distances as `.npy`, CSV and heat map.

    Args:
        source: Artifact that `embed` wrote; or, for texts alone, a BERT folder or a file of word vectors.
        out: Artifact to write.
        config: Options.
        ui: Where progress goes.
        force: Do it again even if up to date.

    Raises:
        UsageError: An unknown field, or no text for a text model.
        InputError: Nothing to compare, or a file cannot be used.
        IntegrityError: The two sides have vectors of different width.
    """
    texts = [*config.text, *_lines(config.lines)]
    embedded = (source / manifest.NAME).is_file() or (source.is_dir() and not (source / "config.json").is_file())
    refs = [
        _reference(source, out, embedded),
        *(_file_reference(Path(p), out) for p in (*config.image, *config.audio, *_given(config.lines))),
    ]
    settings = options.as_dict(config)
    with store.begin(out, kind=KIND, config=settings, seed=config.seed, inputs=refs, force=force, libraries=runtime.LIBRARIES) as build:
        if build.up_to_date:
            return Outcome.of(build, out)
        with ui.logging_to(build.path / "log.txt"):
            rows, columns = _from_embeddings(source, texts, config, ui) if embedded else _from_texts(source, texts, config, ui)
            summary = write_matrices(build.path, rows, columns)
        build.commit(counts={"rows": len(rows.names), "columns": len(columns.names)}, summary=summary)
        return Outcome.of(build, out)


def cosines(rows: Array, columns: Array) -> Array:
    """Cosines `[n, m]` float32; 0 where a vector is zero."""
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


def _from_embeddings(source: Path, texts: list[str], config: SimilarityConfig, ui: Ui) -> tuple[Side, Side]:
    from mmcli.conditioning.embedded import Embedded

    data = Embedded(source)
    given = [("text", t) for t in texts] + [("image", p) for p in config.image] + [("audio", p) for p in config.audio]
    if given:
        named = data.modality.get(config.rows or "")
        fields = [data.field(config.rows if named == kind else None, f"--{kind}", modality=kind) for kind, _ in given]
        names = [value if kind == "text" else Path(value).name for kind, value in given]
        rows = Side(names, data.encode(list(zip(fields, (value for _, value in given), strict=True)), ui, config.seed))
        return rows, _records(data, config.columns, "--columns", config) if config.columns else rows
    kinds = list(data.modality.values())
    first = data.field(config.rows, "--rows", modality="" if config.rows or "text" not in kinds else "text")
    second = data.field(config.columns or first, "--columns")
    return _records(data, first, "--rows", config, second), _records(data, second, "--columns", config, first)


def _records(data: Any, field: str, flag: str, config: SimilarityConfig, also: str = "") -> Side:
    """The first records of the split that have the field, and `also` where it is given, so that pairs meet on the diagonal."""
    name = data.field(field, flag)
    chosen = data.rows(name, config.split)
    if also:
        chosen = np.intersect1d(chosen, data.rows(also, config.split))
    chosen = chosen[: config.most]
    if not len(chosen):
        raise InputError(f"no record of the split {config.split} has the field {visible(name)}", data.where, "choose another --split")
    return Side([data.name_of(int(row), name) for row in chosen], np.asarray(data.vectors(name)[chosen], dtype=np.float32))


def _from_texts(source: Path, texts: list[str], config: SimilarityConfig, ui: Ui) -> tuple[Side, Side]:
    """Texts against each other by a BERT folder or word vectors."""
    if not texts or config.image or config.audio:
        raise UsageError("a text model compares texts only", "--text, --lines", "give texts, or the folder that embed wrote")
    if source.is_dir():
        if config.pooling == "sif":
            raise UsageError("sif is a pooling of word vectors", "--pooling", "use mean or cls with a BERT folder")
        runtime.start(ui, config.seed)
        from mmcli.modalities.text.bert.sentences import SentenceEncoder

        side = Side(texts, SentenceEncoder(source, config.pooling).encode(texts))
    else:
        side = Side(texts, _pooled_words(source, texts, config.pooling, ui))
    return side, side


def _pooled_words(source: Path, texts: list[str], pooling: str, ui: Ui) -> Array:
    from mmcli.modalities.text.tokens import tokenizer
    from mmcli.modalities.text.words import formats
    from mmcli.modalities.text.words.pooling import mean_vectors, sif_vectors

    if pooling == "cls":
        raise UsageError("cls is a pooling of BERT", "--pooling", "use mean or sif with word vectors")
    cut, table = tokenizer("word"), formats.read(source)
    sentences = [cut(text) for text in texts]
    means = mean_vectors(sentences, table)
    unknown = [text for text, mean in zip(texts, means, strict=True) if not mean.any()]
    if len(unknown) == len(texts):
        raise InputError("no word of the texts is among the word vectors", visible(source), "give vectors of their language")
    if unknown:
        ui.warn(f"{len(unknown)} of {len(texts)} texts have no known word, such as {visible(unknown[0], 60)}; their cosines are 0")
    return sif_vectors(sentences, table) if pooling == "sif" else means


def _given(path: str | None) -> tuple[str, ...]:
    return (path,) if path else ()


def _lines(path: str | None) -> list[str]:
    """Texts of a file, one per line; empty lines are left out."""
    if not path:
        return []
    from mmcli.modalities.base import Reject
    from mmcli.modalities.files import read_bytes
    from mmcli.modalities.text.cleaning import to_text

    try:
        text = to_text(read_bytes(Path(path), _MAX_LINES_BYTES, "TXT_TOO_LARGE"))
    except Reject as error:
        raise InputError(f"the file of texts cannot be used: {error.message}", visible(path), "give a text file in UTF-8") from None
    return [line for line in text.splitlines() if line.strip()]


def _reference(source: Path, out: Path, embedded: bool) -> InputRef:
    if embedded:
        return store.relative_input(source, out, "embeddings", store.open_artifact(source, "embeddings", verify=False).id)
    if source.is_dir():
        from mmcli.modalities.text.bert.shape import read_shape

        read_shape(source)
        weights = source / "model.safetensors"
        return store.relative_input(source, out, "file", manifest.sha256_of(weights) if weights.is_file() else "")
    return _file_reference(source, out)


def _file_reference(path: Path, out: Path) -> InputRef:
    if not path.is_file():
        raise InputError("there is no such file", visible(path), "check the path")
    return store.relative_input(path, out, "file", manifest.sha256_of(path))
