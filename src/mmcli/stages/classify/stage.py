"""`classify`: label records by the nearest label text, or by a linear probe."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import arrays, csvfile
from mmcli.conditioning.embedded import Embedded
from mmcli.core.display import visible
from mmcli.core.errors import InputError, UsageError
from mmcli.core.ui import Ui
from mmcli.metrics.paired.confusion import accuracy, class_table, confusion
from mmcli.metrics.probe import Probe
from mmcli.modalities import registry
from mmcli.pipeline.driver import Job, Write, Written
from mmcli.stages.classify.options import ClassifyConfig
from mmcli.stages.records_ledger import note_lacking

Array = npt.NDArray[Any]
_MOST_SHOWN = 20


def classify(job: Job[ClassifyConfig]) -> Write:
    """Predict labels from the vectors of one field, and score them if the true labels are known.

    It writes `predictions.jsonl` and, if labels are known, `classes.csv`, `confusion.npy` and `confusion.png`.

    Raises:
        UsageError: A field or label is unknown.
        InputError: There are too few labels, or no record to classify.
    """

    def write() -> Written:
        config = job.config
        data = Embedded(job.path("EMBEDDINGS"))
        field = data.field(config.field, "--field", other_than=registry.inline())
        rows = data.rows(field, config.split)
        if not len(rows):
            raise InputError(f"no record of the split {config.split} has the field {visible(field)}", data.where, "choose another --split")
        note_lacking(job.ledger, data.table, data.split(config.split), [field], what="records", why=f"without the field {field}")
        predict = _by_probe if config.method == "probe" else _by_texts
        names, scores = predict(data, field, rows, config, job.ui)
        summary = {"field": field, "method": config.method, **_write(job.folder, data, rows, names, scores, job.ui)}
        return Written(counts={"records": len(rows)}, summary=summary)

    return write


def _by_probe(data: Embedded, field: str, rows: Array, config: ClassifyConfig, ui: Ui) -> tuple[list[str], Array]:
    """Logistic regression on the train split's vectors; returns class names and scores `[n, C]`."""
    labels, names = data.table.label_ids()
    train = data.rows(field, "train")
    unlabelled = int((labels[train] < 0).sum())
    if unlabelled:
        ui.ledger.leave_out("train records", "without a label", count=unlabelled, of=len(train))
    train = train[labels[train] >= 0]
    if len(set(labels[train])) < 2:
        raise InputError("a linear probe needs train records with at least two labels", data.where, "add a label column to the raw folder")
    ui.info(f"fitting a linear probe on {len(train):,} train records")
    vectors = data.vectors(field)
    probe = Probe(np.asarray(vectors[train]), labels[train], standardise=False)  # the vectors have unit length
    return [names[c] for c in probe.classes], probe.probabilities(np.asarray(vectors[rows]))


def _by_texts(data: Embedded, field: str, rows: Array, config: ClassifyConfig, ui: Ui) -> tuple[list[str], Array]:
    """Cosine to the mean vector of each label's texts; returns class names and scores `[n, C]`."""
    try:
        text_field = data.field(config.text_field, "--text-field", modality=registry.inline())
    except UsageError:
        if config.text_field:
            raise
        fix = "use --method probe, which is fitted on the labels of the train split"
        raise UsageError("zero-shot classification needs a text field to embed the label texts", "--method", fix) from None
    texts = label_texts(data, text_field, config)
    if len(texts) < 2:
        raise InputError("zero-shot classification needs at least two labels", data.where, "give them with --label-text LABEL=TEXT")
    flat = [(label, text) for label, listed in texts.items() for text in listed]
    vectors = data.encode([(text_field, text) for _, text in flat], ui, config.seed)
    owners = np.array([label for label, _ in flat], dtype=object)
    means = np.stack([vectors[owners == label].mean(0) for label in texts])
    means /= np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-12)
    return list(texts), np.asarray(data.vectors(field)[rows]) @ means.T


def label_texts(data: Embedded, text_field: str, config: ClassifyConfig) -> dict[str, list[str]]:
    """Texts of each label: from `--label-text`, otherwise according to `--label-texts`.

    Raises:
        UsageError: An entry is not LABEL=TEXT, or the template lacks `{}`.
    """
    if config.template.count("{}") != 1:
        raise UsageError("the template lacks {} for the label", "--template", "write it as 'a photo of {}'")
    given: dict[str, list[str]] = {}
    for entry in config.label_text:
        label, sign, text = entry.partition("=")
        if not (sign and label.strip() and text.strip()):
            raise UsageError(f"not of the form LABEL=TEXT: {visible(entry)}", "--label-text", "write it as LABEL=TEXT")
        given.setdefault(label.strip(), []).append(text.strip())
    known = sorted({label for label in data.table.labels if label is not None})
    if given and not known:
        return given
    said = _said_in_train(data, text_field) if config.label_texts == "train" else {}
    return {label: given.get(label) or said.get(label) or [config.template.format(label)] for label in sorted({*known, *given})}


def _said_in_train(data: Embedded, text_field: str) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    texts, labels = data.table.texts(text_field), data.table.labels
    for row in data.rows(text_field, "train"):
        label, text = labels[row], texts[row]
        if label is not None and text is not None:
            found.setdefault(label, set()).add(text)
    return {label: sorted(several) for label, several in found.items()}


def _write(folder: Path, data: Embedded, rows: Array, names: Sequence[str], scores: Array, ui: Ui) -> dict[str, Any]:
    best = scores.argmax(1)
    labels = data.table.labels
    with (folder / "predictions.jsonl").open("w", encoding="utf-8") as handle:
        for row, i, line in zip(rows, best, scores, strict=True):
            entry = {"id": data.table.ids[row], "label": labels[row], "predicted": names[i], "score": round(float(line[i]), 6)}
            handle.write(json.dumps(entry, ensure_ascii=False) + "\n")
    every = [*names, *sorted({label for label in (labels[row] for row in rows) if label is not None} - set(names))]
    number = {name: i for i, name in enumerate(every)}
    known = np.array([labels[row] is not None for row in rows], dtype=bool)
    if 0 < known.sum() < len(known):
        ui.ledger.leave_out("records", "not in the accuracy: without a label", count=int((~known).sum()), of=len(known))
    if not known.any():
        ui.info("the records have no labels: accuracy is not computed")
        return {"labels": len(names)}
    truth = np.array([number[str(labels[row])] for row in rows[known]])
    counts, table = confusion(truth, best[known], len(every)), class_table(truth, best[known], every)
    _write_scores(folder, counts, every, table)
    for entry in table[:_MOST_SHOWN]:
        ui.info(f"{entry['label']}: precision {entry['precision']:.3f}, recall {entry['recall']:.3f}, {entry['items']} items")
    share = float(np.bincount(truth).max() / len(truth))
    ui.info(f"accuracy {accuracy(counts):.3f}; majority label: {share:.3f}")
    return {"labels": len(names), "accuracy": accuracy(counts), "commonest": share, "items": int(known.sum()), "classes": table}


def _write_scores(folder: Path, counts: Array, names: Sequence[str], table: Sequence[dict[str, Any]]) -> None:
    from mmcli.reporting.plots import confusion_picture

    arrays.save(folder / "confusion.npy", counts)
    header = ("label", "precision", "recall", "f1", "items")
    csvfile.write(folder / "classes.csv", header, ([line[key] for key in header] for line in table))
    confusion_picture(counts.tolist(), names, folder / "confusion.png", rows="label", columns="predicted")
