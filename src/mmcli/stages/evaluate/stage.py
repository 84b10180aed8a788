"""The `evaluate` stage: samples and a data set in, scores out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import jsonio, records
from mmcli.artifacts.score_files import read_scores
from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.core.errors import BelowBarError, InputError, IntegrityError
from mmcli.core.streams import Purpose, generator
from mmcli.core.ui import Ui
from mmcli.metrics import suite
from mmcli.metrics.bars import ScoreBar, check_names, parse_bar
from mmcli.metrics.enough import TOO_FEW, without_noise
from mmcli.metrics.suite import FeatureSet, Score
from mmcli.modalities import codec_of, registry
from mmcli.modalities.base import Codec
from mmcli.modalities.show import StoredField
from mmcli.nn import runtime
from mmcli.pipeline.driver import Job, Write, Written
from mmcli.stages.evaluate import items as reading
from mmcli.stages.evaluate.items import Items
from mmcli.stages.evaluate.judging import Parts, judge_of
from mmcli.stages.evaluate.options import EvaluateConfig

Array = npt.NDArray[Any]
Look = Callable[[Array, list[str | None]], FeatureSet]  # a judge's view of rows and their labels
SCORES, CLASSES, JUDGE, CONFUSION = "scores.json", "per_class.json", "judge.json", "confusion.png"
_MOST_TRAIN = 10_000


def evaluate(job: Job[EvaluateConfig]) -> Write:
    """Score generated items against the real test split.

    It writes `scores.json`, `per_class.json`, `confusion.png` and `judge.json`. Thresholds are checked at the end, also if the scores
    are up to date.

    Raises:
        BelowBarError: A threshold of `config.require` is missed; the scores are written nevertheless.
        UsageError: A threshold is malformed or names an unknown score.
        InputError: There are too few items to score.
        IntegrityError: The samples' form differs from the data set's.
    """
    bars = [parse_bar(text) for text in job.config.require]
    check_names(bars, suite.KNOWN)
    del job.settings["require"]  # thresholds do not affect scores
    job.after = lambda outcome: _check(bars, read_scores(outcome.path / SCORES), outcome.path)

    def write() -> Written:
        scores, facts = _score(job.input("SAMPLES"), job.input("DATASET"), job.folder, job.config, job.ui)
        _warn_of_few(scores, job.ui)
        _show(scores, job.ui)
        jsonio.write(job.folder / SCORES, {name: score.to_json() for name, score in scores.items()})
        summary: dict[str, Any] = {name: score.value for name, score in scores.items()}
        summary["too_few"] = {name: score.reason for name, score in scores.items() if score.value is None}
        return Written(counts=facts["counts"], summary=summary | {"target": facts["target"]})

    return write


def _check(bars: list[ScoreBar], scores: dict[str, Any], out: Path) -> None:
    check_names(bars, scores)
    unknown = {bar.name: scores[bar.name]["reason"] for bar in bars if scores[bar.name]["value"] is None}
    if unknown:
        what = "threshold not met: " + "; ".join(f"{name} is {TOO_FEW} ({reason})" for name, reason in unknown.items())
        raise BelowBarError(what, visible(out / SCORES), "run mmcli generate again with a larger --num, or preprocess more records")
    values = {name: float(score["value"]) for name, score in scores.items() if score["value"] is not None}
    missed = [f"{bar.name} is {values[bar.name]:.4g}, not {bar.sign} {bar.bound:g}" for bar in bars if not bar.holds(values)]
    if missed:
        raise BelowBarError("threshold missed: " + "; ".join(missed), visible(out / SCORES), "train longer, or relax --require")


def _warn_of_few(scores: dict[str, Score], ui: Ui) -> None:
    """One line per reason."""
    reasons: dict[str, list[str]] = {}
    for name, score in scores.items():
        if score.value is None:
            reasons.setdefault(score.reason, []).append(name)
    for reason, names in reasons.items():
        ui.warn(f"{TOO_FEW} ({reason}): {', '.join(names)}")


@dataclass(frozen=True)
class _Real:
    """Real items as seen by the judge; `control` has as many train items as there are samples."""

    control: FeatureSet
    train: FeatureSet
    reference: FeatureSet
    other: FeatureSet | None


def _score(sampled: Artifact, data: Artifact, folder: Path, config: EvaluateConfig, ui: Ui) -> tuple[dict[str, Score], dict[str, Any]]:
    target = str(sampled.manifest.summary.get("target", ""))
    codec = _codec(sampled, data, target)
    items, real = reading.read_samples(sampled, target, codec, ui), StoredField(data, records.read(data.path), target)
    if len(items) < 2:
        raise InputError("a single sample cannot be scored", visible(sampled.path), "run mmcli generate again with a larger --num")
    parts = Parts.of(real, ui)
    runtime.start(ui, config.seed)
    judge, judge_id = judge_of(data, real, codec, ui)

    def look(rows: Array, labels: list[str | None]) -> FeatureSet:
        features, probabilities = judge.read(codec.to_network(rows))
        return FeatureSet(features, probabilities, reading.label_numbers(labels, judge.classes))

    generated = look(items.rows, items.labels)
    truth, control_rows = _look_at_real(real, parts, codec, look, len(items), config.seed)
    scores = suite.class_scores(generated, truth.control, truth.reference)
    chosen = np.sort(generator(config.seed, Purpose.EVALUATE_SAMPLES).permutation(len(items))[: len(truth.control)])
    scores |= suite.distribution_scores(generated.take(chosen), truth.control, truth.reference, config.neighbours)
    scores |= suite.copy_scores(generated, truth.train, truth.reference, truth.other)
    scores |= registry.find(codec.modality).own_scores(items.rows[chosen], control_rows, real.rows[parts.reference])
    if config.reader == "keypad":
        from mmcli.stages.evaluate.readers import keypad_scores

        scores |= keypad_scores(codec, items, real, parts.reference)
    scores = without_noise(scores, reference=len(parts.reference), train=len(truth.train))
    _account(items, chosen, generated, parts, truth, ui)
    _write_details(folder, generated, judge.classes)
    facts = {"id": judge_id, "classes": judge.classes, "reference": parts.name, "control": len(truth.control)}
    jsonio.write(folder / JUDGE, facts)
    counts = {"seen": sampled.manifest.counts.get("ok", len(items)), "ok": len(items)}
    counts["rejected"] = counts["seen"] - counts["ok"]
    order = {name: i for i, name in enumerate(suite.KNOWN)}
    return dict(sorted(scores.items(), key=lambda pair: order[pair[0]])), {"target": target, "counts": counts}


def _account(items: Items, chosen: Array, generated: FeatureSet, parts: Parts, truth: _Real, ui: Ui) -> None:
    """Note what was compared with what, and what was left out."""
    ledger, count = ui.ledger, len(items)
    ledger.note("compared with", parts.name, f"{len(parts.reference):,} real items")
    few = f"not in scores of sets, which take as many as there are train items, {len(chosen):,}"
    if len(chosen) < count:
        ledger.leave_out("samples", few, count=count - len(chosen), of=count)
    if len(truth.train) < len(parts.train):
        ledger.leave_out("train items", "not searched for copies", count=len(parts.train) - len(truth.train), of=len(parts.train))
    unknown = sum(label is not None and number < 0 for label, number in zip(items.labels, generated.labels, strict=True))
    if unknown and generated.probabilities.shape[1]:
        ledger.leave_out("samples", "not in scores of labels: the judge does not know their label", count=unknown, of=count)


def _codec(sampled: Artifact, data: Artifact, target: str) -> Codec:
    if target not in data.manifest.fields:
        raise IntegrityError(
            f"the data set has no field {visible(target)}", visible(data.path), "give the data set that the GAN was trained on"
        )
    codec = codec_of(data, target)
    if codec_of(sampled, target).to_json() != codec.to_json():
        raise IntegrityError(
            f"the form of the {target} samples differs from the data set's",
            visible(sampled.path),
            "give the data set that the GAN was trained on",
        )
    return codec


def _look_at_real(real: StoredField, parts: Parts, codec: Codec, look: Look, count: int, seed: int) -> tuple[_Real, Array]:
    """Judge the real items; lossy ones are first written to a file and read back, like the generated ones."""
    rng = generator(seed, Purpose.EVALUATE_TRAIN)
    control = np.sort(rng.permutation(parts.train)[:count])
    gallery = np.sort(rng.permutation(parts.train)[:_MOST_TRAIN])

    def heard(chosen: npt.NDArray[np.int64]) -> FeatureSet:
        rows = np.asarray(real.rows[chosen])
        return look(rows if codec.lossless else codec.reread(rows), _labels(real, chosen))

    plain = look(np.asarray(real.rows[gallery]), _labels(real, gallery))
    other = heard(parts.other) if len(parts.other) else None
    return _Real(heard(control), plain, heard(parts.reference), other), np.asarray(real.rows[control])


def _labels(real: StoredField, chosen: npt.NDArray[np.int64]) -> list[str | None]:
    labels = real.table.labels
    return [labels[i] for i in chosen]


def _write_details(folder: Path, generated: FeatureSet, classes: list[str]) -> None:
    if not classes or not (generated.labels >= 0).any():
        return
    table = suite.per_class(generated, classes)
    jsonio.write(folder / CLASSES, table)
    from mmcli.reporting.plots import confusion_picture

    confusion_picture(table["confusion"], table["classes"], folder / CONFUSION)


def _show(scores: dict[str, Score], ui: Ui) -> None:
    """Print the table of scores on stderr."""
    width = max(len(name) for name in scores)
    ui.info(f"{'score':{width}}  {'samples':>9}  {'real':>9}  better")
    for name, score in scores.items():
        if score.value is None:
            ui.info(f"{name:{width}}  {TOO_FEW:>20}  {score.better:6}  {suite.KNOWN[name][1]}")
            continue
        real = "-" if score.real is None else f"{score.real:9.4f}"
        ui.info(f"{name:{width}}  {score.value:9.4f}  {real:>9}  {score.better:6}  {suite.KNOWN[name][1]}")
