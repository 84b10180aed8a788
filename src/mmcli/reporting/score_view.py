"""Sections of the page about scores: the table, the samples nearest to train items, comparisons."""

from __future__ import annotations

from typing import Any

from mmcli.artifacts import arrays
from mmcli.artifacts.raw import FILE_SUFFIX
from mmcli.artifacts.score_files import read_classes, read_comparison, read_judge, read_nearest, read_scores
from mmcli.core.display import visible
from mmcli.metrics.score import BASELINES, FULL, KNOWN
from mmcli.metrics.verdict import USABLE
from mmcli.modalities import codec_of, registry
from mmcli.reporting.data_view import DataSet, read_lines
from mmcli.reporting.lineage import Lineage, Node
from mmcli.reporting.media import Budget, item_of

_HEADLINES = ("keypad_accuracy", "condition_accuracy", "precision", "frechet")
_MOST_TEXT = 300


def scores_of(lineage: Lineage, samples: Node) -> list[Node]:
    """Scores of some samples, and not of others that were compared with them."""
    return [node for node in lineage.made_from(samples, "scores") if lineage.input_of(node, "samples") is samples]


def score_view(lineage: Lineage, node: Node, datasets: dict[str, DataSet], budget: Budget) -> dict[str, Any]:
    """Context of the section about the scores of some samples.

    Args:
        lineage: The artifacts.
        node: The scores.
        datasets: Data sets by id.
        budget: Bytes of media.

    Raises:
        IntegrityError: A file is corrupted.
    """
    body = read_scores(node.artifact.file("scores.json"))
    rows = [_row(name, score) for name, score in body.items()]
    order = {name: i for i, name in enumerate(KNOWN)}
    rows.sort(key=lambda row: order.get(row["name"], len(order)))
    files = node.body.files
    table = read_classes(node.artifact.file("per_class.json")) if "per_class.json" in files else None
    headline = next((row for name in _HEADLINES for row in rows if row["name"] == name and row["value"] is not None), None)
    judge = read_judge(node.artifact.file("judge.json")) if "judge.json" in files else {}
    return {
        "node": node,
        "verdict": verdict_of(node),
        "rows": rows,
        "classes": _confusion(table) if table else None,
        "headline": headline,
        "reference": judge.get("reference", "held-out split"),
        "nearest": _nearest(lineage, node, datasets, budget) if "nearest.json" in files else [],
        "comparison": _comparison(node) if "comparison.json" in files else None,
    }


def _row(name: str, score: dict[str, Any]) -> dict[str, Any]:
    """A score, what it says, its bar, and the same score of simpler answers."""
    simple = [(BASELINES.get(key, key), value) for key, value in score.get("baselines", {}).items()]
    return {"name": name, "what": KNOWN.get(name, ("", ""))[1], **score, **_bars(name, score), "simple": simple}


def _nearest(lineage: Lineage, node: Node, datasets: dict[str, DataSet], budget: Budget) -> list[dict[str, Any]]:
    """The samples nearest to a train item, and that item; empty if the samples or the data set are not on the page."""
    samples, parent = lineage.input_of(node, "samples"), lineage.input_of(node, "dataset")
    data = datasets.get(parent.id) if parent else None
    if samples is None or data is None:
        return []
    target = str(samples.summary.get("target"))
    codec = codec_of(samples.artifact, target)
    modality, rows = registry.find(codec.modality), arrays.load(samples.artifact.file("rows.npy"))
    lines = read_lines(samples.artifact, "metadata.jsonl" if "metadata.jsonl" in samples.body.files else "items.jsonl")
    found = []
    for pair in read_nearest(node.artifact.file("nearest.json"))["pairs"]:
        place, row = int(pair["sample"]), data.find(pair["train"])
        real = None if row is None else data.item(target, row, budget)
        if real is None or place >= min(len(rows), len(lines)) or rows.shape[1:] != codec.row_shape:
            continue
        name, said = lines[place].get(target + FILE_SUFFIX), lines[place].get(target)
        path = samples.artifact.path / name if isinstance(name, str) and name in samples.body.files else None
        view = modality.shown().made(codec, rows[place], path or (said if isinstance(said, str) else None))
        found.append({"made": item_of(view, budget, modality, _MOST_TEXT), "real": real, "distance": pair["distance"]})
    return found


def _comparison(node: Node) -> dict[str, Any]:
    """Samples that were compared, and a row per score."""
    body = read_comparison(node.artifact.file("comparison.json"))
    rows = [
        {**row, "cells": list(zip(row["values"], [None, *row["differences"]], strict=True)), "what": KNOWN.get(row["score"], ("", ""))[1]}
        for row in body["rows"]
    ]
    return {"samples": body["samples"], "rows": rows}


def verdict_of(node: Node) -> dict[str, Any] | None:
    """The verdict of `evaluate`: a word, a sentence and whether the samples are usable."""
    found = node.summary.get("verdict")
    if not isinstance(found, dict) or not isinstance(found.get("sentence"), str):
        return None
    word = found.get("word", "")
    return {"word": visible(word, 60), "sentence": visible(found["sentence"], 600), "usable": word == USABLE}


def _bars(name: str, score: dict[str, Any]) -> dict[str, float]:
    """Lengths in percent of the value's bar and of the mark for real data."""
    if score["value"] is None:
        return {"width": 0.0, "mark": -1.0}
    value, real = float(score["value"]), score.get("real")
    full = FULL.get(name, 1.0 if value <= 1 and (real is None or real <= 1) else 0.0)
    top = max(full, value, real or 0.0, 1e-9)
    return {"width": 100 * max(0.0, value) / top, "mark": 100 * max(0.0, float(real)) / top if real is not None else -1.0}


def _confusion(table: dict[str, Any]) -> dict[str, Any] | None:
    """The confusion matrix as rows of (count, fraction); empty if there are too many classes to read."""
    if len(table["classes"]) > 26:
        return None
    shares = [[(count, count / max(1, sum(row))) for count in row] for row in table["confusion"]]
    return {"names": table["classes"], "cells": list(zip(table["classes"], shares, table["rows"], strict=True))}
