"""`evaluate`: scores beside real data, bars, one judge for all runs."""

from __future__ import annotations

import io
import json
import shutil

import numpy as np
import pytest

from mmcli.artifacts import jsonio, store
from mmcli.core.errors import BelowBarError, IntegrityError, UsageError
from mmcli.core.ui import Ui
from mmcli.modalities import read_codec
from mmcli.reporting.options import ReportConfig
from mmcli.stages.evaluate.items import read_samples
from mmcli.stages.evaluate.options import EvaluateConfig
from mmcli.stages.registry import config_of, runner

evaluate = runner("evaluate")


QUIET = Ui(quiet=True)


@pytest.fixture(autouse=True)
def _short_training(monkeypatch, request):
    if request.node.get_closest_marker("tf"):
        from mmcli.nn import runtime

        runtime.start(QUIET, 0)
        monkeypatch.setattr("mmcli.training.judge.MIN_STEPS", 60)
        monkeypatch.setattr("mmcli.stages.evaluate.matching._STEPS", 40)


@pytest.mark.tf
@pytest.mark.parametrize(
    ("target", "more"), [("photo", set()), ("sound", {"keypad_accuracy"}), ("caption", {"keypad_parses", "forward_bleu_4"})]
)
def test_real_items_as_samples_score_as_real(keypad, samples, tmp_path, target, more):
    made = samples(tmp_path / "samples", keypad / "1-dataset", target)
    outcome = evaluate(made, keypad / "1-dataset", tmp_path / "scores", EvaluateConfig(reader="keypad"), QUIET)
    scores = jsonio.read(tmp_path / "scores" / "scores.json")
    assert {"condition_accuracy", "frechet", "kid", "precision", "recall", "coverage", "diversity", "copies"} | more <= set(scores)
    assert scores["condition_accuracy"]["value"] >= scores["condition_accuracy"]["real"] - 0.1
    assert scores["frechet"]["value"] < 2 * scores["frechet"]["real"]
    assert outcome.body["summary"]["precision"] == scores["precision"]["value"]
    assert np.isfinite([score["value"] for score in scores.values()]).all()
    for name in more & {"keypad_accuracy", "keypad_parses"}:
        assert scores[name]["value"] >= 0.95


@pytest.mark.tf
def test_bars_are_checked_after_the_scores_are_written_and_again_when_up_to_date(keypad, samples, tmp_path):
    made = samples(tmp_path / "samples", keypad / "1-dataset", "caption", wrong=20)
    out = tmp_path / "scores"
    for _ in range(2):
        with pytest.raises(BelowBarError, match=r"keypad_accuracy is 0\.5"):
            evaluate(made, keypad / "1-dataset", out, EvaluateConfig(require=("keypad_accuracy>=0.9",), reader="keypad"), QUIET)
    with pytest.raises(UsageError, match="unknown score inception"):
        evaluate(made, keypad / "1-dataset", out, EvaluateConfig(require=("inception>=1",), reader="keypad"), QUIET)
    again = evaluate(made, keypad / "1-dataset", out, EvaluateConfig(require=("keypad_accuracy<=0.5",), reader="keypad"), QUIET)
    assert again.status == "up to date"
    assert jsonio.read(out / "per_class.json")["classes"] == [str(n) for n in range(10)]


@pytest.mark.tf
def test_too_few_samples_tell_nothing_and_pass_no_bar(keypad, samples, tmp_path):
    made = samples(tmp_path / "samples", keypad / "1-dataset", "photo", count=19)
    out, ui = tmp_path / "scores", Ui(stream=io.StringIO())
    options = {"require": ("frechet<=1e9", "condition_accuracy>=0")}
    for _ in range(2):  # the second time it is up to date
        with pytest.raises(BelowBarError, match=r"frechet is too few to tell \(19 samples, 20 needed\); condition_accuracy is") as caught:
            evaluate(made, keypad / "1-dataset", out, EvaluateConfig(**options), ui)
    assert caught.value.exit_code == 7
    assert "--num" in caught.value.fix
    assert any(text.startswith("too few to tell (19 samples, 20 needed): condition_accuracy, ") for text in ui.warnings)
    assert "                     too few to tell  lower" in ui.stream.getvalue()
    scores = jsonio.read(out / "scores.json")
    assert (scores["frechet"]["value"], scores["frechet"]["real"]) == (None, None)
    assert scores["frechet"]["reason"] == "19 samples, 20 needed"
    summary = store.open_artifact(out).manifest.summary
    assert summary["frechet"] is None
    assert summary["too_few"]["condition_accuracy"] == "19 samples, 20 needed"
    assert "too few to tell: 19 samples, 20 needed" in page(tmp_path, keypad)


def page(tmp_path, keypad):
    runner("report")(tmp_path, tmp_path / "report", ReportConfig(), QUIET)
    return (tmp_path / "report" / "index.html").read_text()


@pytest.mark.tf
def test_unreadable_samples_are_in_the_ledger(keypad, samples, tmp_path):
    made = samples(tmp_path / "samples", keypad / "1-dataset", "photo")
    first = min(made.glob("photo/*.png"))
    first.write_bytes(b"no image")
    items = read_samples(store.open_artifact(made, "samples", verify=False), "photo", read_codec(made / "fields/photo.codec.json"), QUIET)
    assert len(items) == 39
    assert [(entry.what, entry.count, entry.of) for entry in QUIET.ledger.entries][-1:] == [("samples", 1, 40)]


@pytest.mark.tf
def test_every_run_is_scored_by_the_same_judge(keypad, samples, tmp_path):
    made = samples(tmp_path / "samples", keypad / "1-dataset", "caption")
    ids = []
    for seed in (0, 1):
        evaluate(made, keypad / "1-dataset", tmp_path / f"scores-{seed}", EvaluateConfig(seed=seed), QUIET)
        ids.append(jsonio.read(tmp_path / f"scores-{seed}" / "judge.json")["id"])
    kept = next((keypad / ".judges").glob("*-caption"))
    assert ids == [store.open_artifact(kept, "judge").id] * 2


def test_samples_of_another_form_are_refused(keypad, samples, tmp_path):
    made = samples(tmp_path / "samples", keypad / "1-dataset", "photo")
    with store.begin(tmp_path / "other", kind="samples", config={}, seed=0, inputs=[]) as build:
        for name in ("metadata.jsonl", "rows.npy"):
            (build.path / name).write_bytes((made / name).read_bytes())
        (build.path / "fields").mkdir()
        state = jsonio.read(made / "fields/photo.codec.json")
        jsonio.write(build.path / "fields/photo.codec.json", {**state, "height": 17})
        entry = {**store.open_artifact(made).manifest.fields["photo"], "shape": [17, 16, 1]}
        build.commit(fields={"photo": entry}, summary={"target": "photo"})
    with pytest.raises(IntegrityError, match="the form of the photo samples differs"):
        evaluate(tmp_path / "other", keypad / "1-dataset", tmp_path / "scores", EvaluateConfig(), QUIET)


def test_an_unknown_score_is_refused_before_any_work(tmp_path):
    with pytest.raises(UsageError, match="unknown score fid"):
        evaluate(tmp_path / "samples", tmp_path / "dataset", tmp_path / "out", EvaluateConfig(require=("fid<=1",)), QUIET)


def test_a_file_outside_the_samples_is_not_read(keypad, samples, tmp_path):
    (tmp_path / "secret.txt").write_text("This is the digit one.")
    made = samples(tmp_path / "samples", keypad / "1-dataset", "caption", more={"caption_file_name": "../secret.txt"})
    with pytest.raises(IntegrityError, match="no file"):
        evaluate(made, keypad / "1-dataset", tmp_path / "scores", EvaluateConfig(), QUIET)


@pytest.mark.tf
def test_the_verdict_comes_first_and_is_kept(keypad, samples, tmp_path):
    made, ui = samples(tmp_path / "samples", keypad / "1-dataset", "photo"), Ui(stream=io.StringIO())
    outcome = evaluate(made, keypad / "1-dataset", tmp_path / "scores", EvaluateConfig(), ui)
    lines = ui.stream.getvalue().splitlines()
    first = next(i for i, line in enumerate(lines) if line.startswith("verdict: "))
    assert first < next(i for i, line in enumerate(lines) if line.startswith("score "))
    # The keypad's test split has fewer than 30 images here.
    assert "too few to tell: 40 samples and 25 held-out items" in lines[first]
    assert outcome.body["summary"]["verdict"]["word"] == "too few to tell"


def test_samples_are_ranked_by_the_record_that_conditioned_them(keypad, monkeypatch):
    """Encoders that know the digit, and nothing else, in place of trained ones: images under their own records, and under others."""
    from mmcli.artifacts import records
    from mmcli.modalities.show import StoredField
    from mmcli.stages.evaluate.judging import Parts
    from mmcli.stages.evaluate.matching import Matcher
    from mmcli.stages.evaluate.scoring import Sampled, Scorer

    data = store.open_artifact(keypad / "1-dataset")
    table = records.read(data.path)
    real = StoredField(data, table, "photo")
    digits = np.array([int(label) for label in table.labels])
    known = np.eye(10, dtype=np.float32)[digits]
    matcher = Matcher(table, {name: known * table.present(name)[:, None] for name in ("photo", "caption")}, digits, keypad)
    monkeypatch.setattr(Matcher, "items", lambda self, field, inputs: known[own])
    scorer = Scorer(real, real.codec, Parts.of(real, QUIET), 5, None, "", matcher)
    own = np.flatnonzero(table.present("photo") & table.present("caption"))
    other = np.array([own[np.flatnonzero(digits[own] == (digit + 1) % 10)[0]] for digit in digits[own]])
    found = {}
    for name, conditions in (("own", own), ("other", other)):
        sampled = Sampled(np.asarray(real.rows[own]), [None] * len(own), conditions, ["caption"])
        found[name] = scorer.obedience(sampled, 0)["obedience"]
    assert (found["own"].value, found["own"].real, found["own"].baselines["nearest"]) == (1.0, 1.0, 1.0)
    assert found["other"].value == 0.0
    assert found["own"].baselines["random"] == pytest.approx(0.1, abs=0.08)
    assert scorer.obedience(Sampled(np.asarray(real.rows[own]), [None] * len(own), own, []), 0) == {}


@pytest.mark.tf
def test_encoders_that_cannot_be_stored_beside_the_data_set_are_used_all_the_same(keypad, monkeypatch, tmp_path):
    from mmcli.artifacts import records
    from mmcli.modalities.show import StoredField
    from mmcli.stages.evaluate.matching import matcher_of

    monkeypatch.setattr("mmcli.stages.evaluate.matching._STEPS", 1)
    shutil.copytree(keypad / "raw/photo", tmp_path / "raw/photo")
    lines = map(json.loads, (keypad / "raw/metadata.jsonl").read_text().splitlines())
    without_sound = [{key: value for key, value in line.items() if not key.startswith("sound")} for line in lines]
    (tmp_path / "raw/metadata.jsonl").write_text("\n".join(map(json.dumps, without_sound)))
    runner("preprocess")(tmp_path / "raw", tmp_path / "1-dataset", config_of("preprocess")(image_size=16, workers=1), QUIET)
    (tmp_path / ".judges").write_text("not a folder")
    data = store.open_artifact(tmp_path / "1-dataset")
    matcher = matcher_of(data, QUIET)
    assert matcher is not None
    real = StoredField(data, records.read(data.path), "photo")
    own = np.flatnonzero(matcher.table.present("photo"))[:3]
    found = matcher.items("photo", real.codec.to_network(np.asarray(real.rows[own])))
    np.testing.assert_allclose(found, matcher.vectors["photo"][own], atol=1e-4)
