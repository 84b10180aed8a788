"""`search`: find records by a text, an image or a sound."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.conditioning.embedded import Embedded
from mmcli.core import userfile
from mmcli.core.display import visible
from mmcli.core.errors import InputError, UsageError
from mmcli.core.ui import Ui
from mmcli.metrics.unpaired.nearest import top_k
from mmcli.modalities.items import flags
from mmcli.pipeline.outcome import Answer, Table
from mmcli.stages.records_ledger import note_beyond, note_lacking
from mmcli.stages.search.options import SearchConfig
from mmcli.stages.search.sheet import write_result_sheet

Array = npt.NDArray[Any]
_MOST_EVALUATED = 10_000


@dataclass(frozen=True)
class Result:
    """Search results.

    Attributes:
        target: The field that was searched.
        queries: The queries.
        hits: Results per query, best first: rank, id, score, label, and text or source.
        figures: With `eval`: recall and related scores.
    """

    target: str
    queries: list[str] = field(default_factory=list)
    hits: list[list[dict[str, Any]]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)


def search(embeddings: Path, config: SearchConfig, ui: Ui) -> Result:
    """Search a field of embedded records by cosine.

    Args:
        embeddings: Artifact that `embed` wrote.
        config: Options.
        ui: Where progress goes.

    Raises:
        UsageError: There is no query, or a field is unknown.
        InputError: A query's file cannot be used, or there is nothing to search.
    """
    data = Embedded(embeddings)
    items = _items(data, config)
    if config.eval:
        return _evaluate(data, config, ui)
    for option, name in (("--sheet", config.sheet), ("--index", config.index)):
        if name:
            userfile.check_target(Path(name), option)
    if not items:
        raise UsageError("no query given", flags(), "give a query, or use --eval")
    first = data.modality[items[0][0]]
    target = data.field(config.target, "--target", other_than=first)
    rows, gallery = _gallery(data, target, config)
    note_lacking(ui.ledger, data.table, data.split(config.split), [target], what="records", why=f"not searched: without the field {target}")
    queries = data.encode(items, ui, config.seed)
    numbers, scores = _searcher(data, target, rows, gallery, config, ui)(queries, min(config.top, len(rows)))
    hits = [_hits(data, target, rows, n, s) for n, s in zip(numbers, scores, strict=True)]
    values = [value for _, value in items]
    if config.sheet:
        found = [[int(rows[i]) for i in line if i >= 0] for line in numbers]
        write_result_sheet(data, target, found, Path(config.sheet), config.dataset)
    return Result(target, values, hits)


def answer(embeddings: Path, config: SearchConfig, ui: Ui) -> Answer:
    """Answer with the search results."""
    result = search(embeddings, config, ui)
    if result.figures:
        rows = [(name, f"{value:.4f}" if isinstance(value, float) else str(value)) for name, value in result.figures.items()]
        return Answer({"target": result.target, "eval": result.figures}, [Table((), rows)])
    parts: list[str | Table] = []
    for query, hits in zip(result.queries, result.hits, strict=True):
        parts += [f"{result.target} for: {query}", Table(("rank", "score", "id", "label", "item"), [_row(hit) for hit in hits])]
    found = [{"query": query, "hits": hits} for query, hits in zip(result.queries, result.hits, strict=True)]
    return Answer({"target": result.target, "results": found}, parts)


def _row(hit: dict[str, Any]) -> tuple[str, ...]:
    return (str(hit["rank"]), f"{hit['score']:.4f}", str(hit["id"]), str(hit["label"] or ""), str(hit["item"]))


def _items(data: Embedded, config: SearchConfig) -> list[tuple[str, str]]:
    found = []
    for modality, value in config.given_items():
        name = config.query_field if config.query_field and data.modality.get(config.query_field) == modality else None
        found.append((data.field(name, f"--{modality}", modality=modality), value))
    if config.query_field:
        data.field(config.query_field, "--query-field")
    return found


def _gallery(data: Embedded, target: str, config: SearchConfig) -> tuple[Array, Array]:
    rows = data.rows(target, config.split)
    if not len(rows):
        raise InputError(f"no record of the split {config.split} has the field {visible(target)}", data.where, "choose another --split")
    vectors = data.vectors(target)
    return rows, vectors if len(rows) == len(vectors) else np.asarray(vectors[rows])


def _searcher(data: Embedded, target: str, rows: Array, gallery: Array, config: SearchConfig, ui: Ui) -> Any:
    if config.method == "exact":
        return lambda queries, k: top_k(queries, gallery, k)
    from mmcli.stages.search.approximate import ApproximateIndex

    chosen = hashlib.sha256(rows.tobytes()).hexdigest()
    index = ApproximateIndex(gallery, f"{data.source.id} {target} {chosen}", Path(config.index) if config.index else None, ui)
    return index.top_k


def _hits(data: Embedded, target: str, rows: Array, numbers: Array, scores: Array) -> list[dict[str, Any]]:
    table = data.table
    texts = table.columns.get(f"{target}.text", table.columns[f"{target}.source"])
    found = []
    for rank, (number, score) in enumerate(zip(numbers, scores, strict=True), 1):
        if number >= 0:
            row = int(rows[number])
            line = {"rank": rank, "id": table.ids[row], "score": float(score), "label": table.labels[row], "item": texts[row]}
            found.append(line)
    return found


def _evaluate(data: Embedded, config: SearchConfig, ui: Ui) -> Result:
    """Search with every record that has both fields, and check whether its own item (or one of its label) is among the first."""
    from mmcli.metrics.paired.retrieval import retrieve

    source = data.field(config.query_field, "--query-field")
    target = data.field(config.target, "--target", other_than=data.modality[source])
    split, why = data.split(config.split), "without both fields"
    both = note_lacking(ui.ledger, data.table, split, [source, target], least=2, what="records", why=why)
    rows = both[:_MOST_EVALUATED]
    note_beyond(ui.ledger, len(both), _MOST_EVALUATED, what="records", why=f"only {_MOST_EVALUATED:,} are searched with")
    if len(data.modality) == 1:
        fix = "use mmcli classify --method probe to score a single field"
        raise InputError(f"recall needs two fields; {visible(source)} is the only one", data.where, fix)
    if len(rows) < 2 or source == target:
        raise InputError(
            "recall needs at least two records with both fields", data.where, "choose two fields with --query-field and --target"
        )
    queries, gallery = (np.asarray(data.vectors(name)[rows]) for name in (source, target))
    labels, names = data.table.label_ids()
    by_label = len(names) >= 2
    figures = retrieve(queries, gallery, labels[rows] if by_label else None).to_json()
    figures |= {"from": source, "to": target, "split": config.split, "match": "label" if by_label else "record"}
    if config.method == "approximate":
        figures |= _against_exact(_searcher(data, target, rows, gallery, config, ui), queries, gallery, config.top)
    return Result(target, figures=figures)


def _against_exact(approximate: Any, queries: Array, gallery: Array, top: int) -> dict[str, float]:
    """Fraction of the exact results that the index finds, and the time per query of both methods."""
    k = min(top, len(gallery))
    begin = time.perf_counter()
    exact = top_k(queries, gallery, k)[0]
    middle = time.perf_counter()
    found = approximate(queries, k)[0]
    end = time.perf_counter()
    share = np.mean([len(np.intersect1d(a, b)) / k for a, b in zip(exact, found, strict=True)])
    per_query = 1000.0 / len(queries)
    return {f"recall@{k}_of_exact": float(share), "exact_ms": (middle - begin) * per_query, "approximate_ms": (end - middle) * per_query}
