"""The examples that begin with `init`: their data, the target that it finds, and the chain with a tiny configuration."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mmcli.artifacts import store
from mmcli.stages.init.stage import init

EXAMPLES = Path(__file__).parents[2] / "examples"
# Example: its target and condition.
TASKS = {
    "captions": ("caption", "image"),
    "dialling": ("text", "sound"),
    "dialogue": ("reply", "prompt"),
    "summaries": ("summary", "report"),
    "translation": ("de", "en"),
}
TINY = """
[preprocess]
image-size = 16
hop-length = 80
n-fft = 256

[train-gan]
steps = 4
width = 32
layers = 1
ticks = 1

[generate]
num = 4
"""


def asked_of(name: str) -> str:
    """The target that the example's Makefile asks `init` for; empty if none."""
    return (EXAMPLES / name / "Makefile").read_text().partition("--target ")[2].partition("\n")[0]


def test_every_folder_is_tested() -> None:
    assert {path.parent.name for path in EXAMPLES.glob("*/make_data.py")} == TASKS.keys()


@pytest.mark.tf
@pytest.mark.parametrize("name", TASKS)
def test_an_example_runs_from_its_data_to_the_report(name: str, tmp_path: Path, run_plan: Callable[..., str]) -> None:
    target, given = TASKS[name]
    subprocess.run([sys.executable, EXAMPLES / name / "make_data.py", tmp_path / "raw", "80"], check=True)
    project, plan = init(tmp_path / "raw", tmp_path / "project", **({"target": asked_of(name)} if asked_of(name) else {}))
    assert (plan.target, plan.given) == (target, (given,))
    (project / "tiny.toml").write_text(TINY)
    run_plan(project, "CONFIG=tiny.toml")
    made = store.open_artifact(project / f"work/4-gan-{target}").manifest
    assert (made.summary["family"], made.summary["given"]) == ("sequence", [given])
    assert (project / "work/report/index.html").is_file()
