"""`evaluate --compare`: several samples in one table."""

from __future__ import annotations

import io

import pytest

from mmcli.artifacts import jsonio, store
from mmcli.artifacts.score_files import read_comparison, read_nearest
from mmcli.core.errors import InputError, UsageError
from mmcli.core.ui import Ui
from mmcli.reporting.options import ReportConfig
from mmcli.stages.evaluate.options import EvaluateConfig
from mmcli.stages.registry import runner

evaluate, report = runner("evaluate"), runner("report")
QUIET = Ui(quiet=True)


def test_samples_are_compared_with_others_score_by_score(keypad, samples, plain_judge, tmp_path):
    data = keypad / "1-dataset"
    good, bad = samples(tmp_path / "good", data, "caption"), samples(tmp_path / "bad", data, "caption", wrong=20)
    ui = Ui(stream=io.StringIO())
    out, options = tmp_path / "scores", EvaluateConfig(compare=(str(bad),), reader="keypad")
    evaluate(good, data, out, options, ui)
    body = read_comparison(out / "comparison.json")
    assert [(one["num"], one["verdict"]["word"]) for one in body["samples"]] == [(40, "too few to tell")] * 2
    rows = {row["score"]: row for row in body["rows"]}
    assert set(rows) == set(jsonio.read(out / "scores.json"))
    values, (found,) = rows["keypad_accuracy"]["values"], rows["keypad_accuracy"]["differences"]
    assert found["value"] == pytest.approx(values[1] - values[0]) == pytest.approx(-0.5)
    assert found["low"] < -0.5 < found["high"] < 0.0
    assert found["word"] == "worse"
    lines = ui.stream.getvalue().splitlines()
    assert any(line.startswith("keypad_accuracy") and "[1]" in line for line in lines)
    assert max(len(line) for line in lines[lines.index("comparison:") :]) <= 80 + len(str(tmp_path))
    assert evaluate(good, data, out, options, QUIET).status == "up to date"
    inputs = store.open_artifact(out).manifest.inputs
    assert [ref.kind for ref in inputs] == ["samples", "dataset", "samples"]


def test_the_report_shows_the_comparison_once_and_the_nearest_train_items(keypad, samples, plain_judge, tmp_path):
    import shutil

    work = tmp_path / "work"
    shutil.copytree(keypad / "1-dataset", work / "1-dataset")
    first, second = (samples(work / name, work / "1-dataset", "photo", wrong=wrong) for name, wrong in (("one", 0), ("two", 9)))
    evaluate(first, work / "1-dataset", work / "scores", EvaluateConfig(compare=(str(second),)), QUIET)
    pairs = read_nearest(work / "scores" / "nearest.json")["pairs"]
    assert [pair["distance"] for pair in pairs] == sorted(pair["distance"] for pair in pairs)
    assert len({pair["train"] for pair in pairs}) == len(pairs) == 8
    report(work, work / "report", ReportConfig(), QUIET)
    html = (work / "report" / "index.html").read_text()
    assert html.count("Samples nearest to a train item") == html.count("<h4>Compared</h4>") == 1
    assert html.count('alt="nearest train item"') == 8


def test_samples_of_another_field_cannot_be_compared(keypad, samples, plain_judge, tmp_path):
    data = keypad / "1-dataset"
    made, other = samples(tmp_path / "samples", data, "caption"), samples(tmp_path / "other", data, "photo")
    with pytest.raises(UsageError, match="these samples are of photo, not of caption"):
        evaluate(made, data, tmp_path / "scores", EvaluateConfig(compare=(str(other),)), QUIET)
    with pytest.raises(InputError):
        evaluate(made, data, tmp_path / "scores", EvaluateConfig(compare=(str(tmp_path / "nothing"),)), QUIET)
    with pytest.raises(UsageError, match="the input --compare itself"):
        evaluate(made, data, other, EvaluateConfig(compare=(str(other),)), QUIET)
