"""The `evaluate` stage: samples and a data set in, scores out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from mmcli.artifacts import jsonio, records, store
from mmcli.artifacts.paths import check_nesting
from mmcli.artifacts.score_files import read_scores
from mmcli.artifacts.store import Artifact
from mmcli.core.display import visible
from mmcli.core.errors import BelowBarError, InputError, IntegrityError, UsageError
from mmcli.core.ui import Ui
from mmcli.metrics import suite
from mmcli.metrics.bars import ScoreBar, check_names, parse_bar
from mmcli.metrics.enough import TOO_FEW, without_noise
from mmcli.metrics.score import KNOWN, Score
from mmcli.metrics.suite import FeatureSet
from mmcli.modalities import codec_of
from mmcli.modalities.base import Codec
from mmcli.modalities.show import StoredField
from mmcli.pipeline.driver import Job, Write, Written
from mmcli.stages.evaluate import comparing, table
from mmcli.stages.evaluate import items as reading
from mmcli.stages.evaluate.comparing import Contender
from mmcli.stages.evaluate.items import Items
from mmcli.stages.evaluate.judging import Parts
from mmcli.stages.evaluate.options import EvaluateConfig
from mmcli.stages.evaluate.scoring import Sampled, Scored, Scorer

Array = npt.NDArray[Any]
SCORES, CLASSES, JUDGE, CONFUSION = "scores.json", "per_class.json", "judge.json", "confusion.png"
NEAREST, COMPARISON = "nearest.json", "comparison.json"


def evaluate(job: Job[EvaluateConfig]) -> Write:
    """Score generated items against the real test split, and compare them with others.

    It writes `scores.json`, `nearest.json`, `per_class.json`, `confusion.png`, `comparison.json` and `judge.json`. Thresholds are checked
    at the end, also if the scores are up to date.

    Raises:
        BelowBarError: A threshold of `config.require` is missed; the scores are written nevertheless.
        UsageError: A threshold is malformed or names an unknown score.
        InputError: There are too few items to score.
        IntegrityError: The samples' form differs from the data set's.
    """
    bars = [parse_bar(text) for text in job.config.require]
    check_names(bars, KNOWN)
    for name in job.config.compare:
        check_nesting(job.out, Path(name), "--compare")
        job.refer(store.open_artifact(Path(name), "samples", verify=False))
    del job.settings["require"]  # thresholds do not affect scores
    del job.settings["compare"]  # these samples are inputs
    job.after = lambda outcome: _check(bars, read_scores(outcome.path / SCORES), outcome.path)

    def write() -> Written:
        run = _Run.of(job)
        found = run.score(run.first)
        scores, judged = found.scores, found.scored.verdict
        _account(run.first.items, found.scored, run.scorer.parts, job.ui)
        run.write(found)
        table.warn_of_few(scores, job.ui)
        job.ui.info(f"verdict: {judged}")
        table.show(scores, job.ui)
        jsonio.write(job.folder / SCORES, {name: score.to_json() for name, score in scores.items()})
        if run.others:
            contenders = [Contender(one.name, one.samples, other.scores, other.scored.verdict) for one, other in run.all(found)]
            comparing.warn_of_sizes(contenders, job.ui)
            body = comparing.comparison(contenders)
            jsonio.write(job.folder / COMPARISON, body)
            comparing.show(body, job.ui)
        summary: dict[str, Any] = {name: score.value for name, score in scores.items()}
        summary["too_few"] = {name: score.reason for name, score in scores.items() if score.value is None}
        summary |= {"target": run.real.name, "verdict": judged.to_json()}
        return Written(counts=run.first.counts, summary=summary)

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


@dataclass(frozen=True)
class _Candidate:
    """Samples to score: their folder as the user wrote it, the items, the same as samples, and how many were read."""

    name: str
    items: Items
    samples: Sampled
    counts: dict[str, int]


@dataclass(frozen=True)
class _Found:
    """Scores with a value or a reason, in the order of `KNOWN`, and more about them."""

    scores: dict[str, Score]
    scored: Scored


@dataclass(frozen=True)
class _Run:
    """A run of the stage: what is scored, and by what."""

    job: Job[EvaluateConfig]
    real: StoredField
    codec: Codec
    scorer: Scorer
    first: _Candidate
    others: list[_Candidate]

    @classmethod
    def of(cls, job: Job[EvaluateConfig]) -> _Run:
        """Read all samples, and load or train what scores them."""
        sampled, data, ui = job.input("SAMPLES"), job.input("DATASET"), job.ui
        target = str(sampled.manifest.summary.get("target", ""))
        codec, real = _codec(sampled, data, target), StoredField(data, records.read(data.path), target)
        first = _candidate(str(job.path("SAMPLES")), sampled, real, codec, ui)
        artifacts = [(name, store.open_artifact(Path(name), "samples")) for name in job.config.compare]
        others = [_candidate(name, other, real, _same_codec(name, other, data, target), ui) for name, other in artifacts]
        conditions = [int((one.samples.records >= 0).sum()) if one.samples.given else 0 for one in (first, *others)]
        return cls(job, real, codec, Scorer.of(data, real, codec, job.config.neighbours, ui, max(conditions)), first, others)

    def score(self, one: _Candidate) -> _Found:
        """Score samples."""
        found = self.scorer.score(one.samples, self.job.config.seed)
        scores = dict(found.scores)
        if self.job.config.reader == "keypad":
            from mmcli.stages.evaluate.readers import keypad_scores

            scores |= keypad_scores(self.codec, one.items, self.real, self.scorer.parts.reference)
        scores = without_noise(scores, reference=len(self.scorer.parts.reference), train=found.searched)
        return _Found({name: scores[name] for name in KNOWN if name in scores}, found)

    def all(self, found: _Found) -> Iterator[tuple[_Candidate, _Found]]:
        """All samples and what was found of them; `found` of the first."""
        yield self.first, found
        yield from ((one, self.score(one)) for one in self.others)

    def write(self, found: _Found) -> None:
        """Write everything but the scores."""
        folder, scored, judge = self.job.folder, found.scored, self.scorer.judge
        _write_details(folder, scored.generated, judge.classes)
        ids, places = self.real.table.ids, self.first.items.places
        pairs = [{"sample": places[sample], "train": ids[record], "distance": distance} for sample, record, distance in scored.pairs]
        jsonio.write(folder / NEAREST, {"pairs": pairs})
        facts = {"id": self.scorer.judge_id, "classes": judge.classes, "reference": self.scorer.parts.name, "control": scored.compared}
        jsonio.write(folder / JUDGE, facts)


def _candidate(name: str, sampled: Artifact, real: StoredField, codec: Codec, ui: Ui) -> _Candidate:
    items = reading.read_samples(sampled, real.name, codec, ui)
    if len(items) < 2:
        raise InputError("a single sample cannot be scored", visible(sampled.path), "run mmcli generate again with a larger --num")
    seen = sampled.manifest.counts.get("ok", len(items))
    counts = {"seen": seen, "ok": len(items), "rejected": seen - len(items)}
    return _Candidate(name, items, _sampled(items, real, codec_of(sampled, real.name)), counts)


def _sampled(items: Items, real: StoredField, theirs: Codec) -> Sampled:
    """The samples, with the numbers of the records that conditioned them; `theirs` is the codec of their generator."""
    number = {identity: i for i, identity in enumerate(real.table.ids)}
    own = np.array([number.get(name, -1) if name is not None else -1 for name in items.conditions], dtype=np.int64)
    given = [name for name in items.given if name in real.dataset.manifest.fields]
    differs = theirs.to_json() != real.codec.to_json()
    return Sampled(items.rows, items.labels, own, given, items.sources, theirs if differs else None)


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


def _same_codec(name: str, sampled: Artifact, data: Artifact, target: str) -> Codec:
    other = str(sampled.manifest.summary.get("target", ""))
    if other != target:
        what = f"these samples are of {visible(other)}, not of {visible(target)}"
        raise UsageError(what, f"--compare {visible(name)}", "compare samples of the same field")
    return _codec(sampled, data, target)


def _codec(sampled: Artifact, data: Artifact, target: str) -> Codec:
    if target not in data.manifest.fields:
        raise IntegrityError(
            f"the data set has no field {visible(target)}", visible(data.path), "give the data set that the GAN was trained on"
        )
    codec, theirs = codec_of(data, target), codec_of(sampled, target)
    if not codec.in_words and theirs.to_json() != codec.to_json():
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
