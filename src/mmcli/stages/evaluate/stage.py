"""The `evaluate` stage: samples and a data set in, scores out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import jsonio, records
from mmcli.artifacts.score_files import read_scores
from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.core.errors import BelowBarError, InputError, IntegrityError
from mmcli.core.ui import Ui
from mmcli.metrics import suite
from mmcli.metrics.bars import ScoreBar, check_names, parse_bar
from mmcli.metrics.enough import TOO_FEW, without_noise
from mmcli.metrics.score import BASELINES, KNOWN, Score
from mmcli.metrics.suite import FeatureSet
from mmcli.modalities import codec_of
from mmcli.modalities.base import Codec
from mmcli.modalities.show import StoredField
from mmcli.pipeline.driver import Job, Write, Written
from mmcli.stages.evaluate import items as reading
from mmcli.stages.evaluate.items import Items
from mmcli.stages.evaluate.judging import Parts
from mmcli.stages.evaluate.options import EvaluateConfig
from mmcli.stages.evaluate.scoring import Sampled, Scored, Scorer

Array = npt.NDArray[Any]
SCORES, CLASSES, JUDGE, CONFUSION = "scores.json", "per_class.json", "judge.json", "confusion.png"


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
    check_names(bars, KNOWN)
    del job.settings["require"]  # thresholds do not affect scores
    job.after = lambda outcome: _check(bars, read_scores(outcome.path / SCORES), outcome.path)

    def write() -> Written:
        scores, facts = _score(job)
        _warn_of_few(scores, job.ui)
        job.ui.info(f"verdict: {facts['verdict']}")
        _show(scores, job.ui)
        jsonio.write(job.folder / SCORES, {name: score.to_json() for name, score in scores.items()})
        summary: dict[str, Any] = {name: score.value for name, score in scores.items()}
        summary["too_few"] = {name: score.reason for name, score in scores.items() if score.value is None}
        summary |= {"target": facts["target"], "verdict": facts["verdict"].to_json()}
        return Written(counts=facts["counts"], summary=summary)

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


def _score(job: Job[EvaluateConfig]) -> tuple[dict[str, Score], dict[str, Any]]:
    sampled, data, config, ui = job.input("SAMPLES"), job.input("DATASET"), job.config, job.ui
    target = str(sampled.manifest.summary.get("target", ""))
    codec = _codec(sampled, data, target)
    items, real = reading.read_samples(sampled, target, codec, ui), StoredField(data, records.read(data.path), target)
    if len(items) < 2:
        raise InputError("a single sample cannot be scored", visible(sampled.path), "run mmcli generate again with a larger --num")
    samples = _sampled(items, real, list(data.manifest.fields))
    scorer = Scorer.of(data, real, codec, config.neighbours, ui, int((samples.records >= 0).sum()) if samples.given else 0)
    found = scorer.score(samples, config.seed)
    scores = dict(found.scores)
    if config.reader == "keypad":
        from mmcli.stages.evaluate.readers import keypad_scores

        scores |= keypad_scores(codec, items, real, scorer.parts.reference)
    scores = without_noise(scores, reference=len(scorer.parts.reference), train=found.searched)
    _account(items, found, scorer.parts, ui)
    _write_details(job.folder, found.generated, scorer.judge.classes)
    facts = {"id": scorer.judge_id, "classes": scorer.judge.classes, "reference": scorer.parts.name, "control": found.compared}
    jsonio.write(job.folder / JUDGE, facts)
    counts = {"seen": sampled.manifest.counts.get("ok", len(items)), "ok": len(items)}
    counts["rejected"] = counts["seen"] - counts["ok"]
    order = {name: i for i, name in enumerate(KNOWN)}
    ordered = dict(sorted(scores.items(), key=lambda pair: order[pair[0]]))
    return ordered, {"target": target, "counts": counts, "verdict": found.verdict}


def _sampled(items: Items, real: StoredField, fields: list[str]) -> Sampled:
    """The samples, with the numbers of the records that conditioned them."""
    number = {identity: i for i, identity in enumerate(real.table.ids)}
    own = np.array([number.get(name, -1) if name is not None else -1 for name in items.conditions], dtype=np.int64)
    return Sampled(items.rows, items.labels, own, [name for name in items.given if name in fields], items.sources)


def _account(items: Items, found: Scored, parts: Parts, ui: Ui) -> None:
    """Note what was compared with what, and what was left out."""
    ledger, count = ui.ledger, len(items)
    ledger.note("compared with", parts.name, f"{len(parts.reference):,} real items")
    few = f"not in scores of sets, which take as many as there are train items, {found.compared:,}"
    if found.compared < count:
        ledger.leave_out("samples", few, count=count - found.compared, of=count)
    if found.searched < len(parts.train):
        ledger.leave_out("train items", "not searched for copies", count=len(parts.train) - found.searched, of=len(parts.train))
    unknown = sum(label is not None and number < 0 for label, number in zip(items.labels, found.generated.labels, strict=True))
    if unknown and found.generated.probabilities.shape[1]:
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
    ui.info(f"{'score':{width}}  {'samples':>9}  {'95 % interval':>15}  {'real':>9}  better")
    for name, score in scores.items():
        if score.value is None:
            ui.info(f"{name:{width}}  {TOO_FEW:>37}  {score.better:6}  {KNOWN[name][1]}")
            continue
        real = "-" if score.real is None else f"{score.real:9.4f}"
        between = "" if score.low is None or score.high is None else f"{score.low:.3f} to {score.high:.3f}"
        simple = "".join(f"; {BASELINES[key]} {value:.4f}" for key, value in score.baselines.items())
        ui.info(f"{name:{width}}  {score.value:9.4f}  {between:>15}  {real:>9}  {score.better:6}  {KNOWN[name][1]}{simple}")
