"""A table of questions and answers, from `init` to the report by the Makefile that it writes, with a tiny configuration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mmcli.artifacts import store
from mmcli.stages.init.stage import init

TINY = """
[preprocess]
tokenizer = "word"
max-tokens = 8

[train-gan]
steps = 10
width = 32
layers = 1
ticks = 1

[generate]
num = 8
"""


@pytest.mark.tf
def test_questions_with_answers_make_answers_from_questions(
    tmp_path: Path, planned: Callable[..., list[list[str]]], run_plan: Callable[..., str]
) -> None:
    lands = ["France", "Italy", "Spain", "Japan", "Egypt", "Peru", "Kenya", "Chile"]
    rows = [f"what is the capital of {land} {i},the capital of {land} is big" for i in range(8) for land in lands]
    (tmp_path / "asked.csv").write_text("question,answer\n" + "\n".join(rows) + "\n")
    project, plan = init(tmp_path / "asked.csv", tmp_path / "project")
    assert (plan.target, plan.given) == ("answer", ("question",))
    (project / "tiny.toml").write_text(TINY)
    run_plan(project, "CONFIG=tiny.toml")
    kinds = {path.name: store.open_artifact(path).manifest.kind for path in (project / "work").iterdir() if path.name[0] != "."}
    assert kinds == {
        "1-dataset": "dataset",
        "4-gan-answer": "gan",
        "5-samples-answer": "samples",
        "6-scores-answer": "scores",
        "report": "report",
    }
    assert planned(project, "CONFIG=tiny.toml") == []  # nothing is left to do
