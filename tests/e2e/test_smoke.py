"""The keypad example from nothing to the report with its tiny configuration, and once more.

Make runs one target's commands as programs; those of the other targets, which differ in nothing else, run in this process.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mmcli.artifacts import store

EXAMPLE = Path(__file__).parents[2] / "examples" / "keypad"
KINDS = {
    "raw": "raw",
    "1-dataset": "dataset",
    "2-embeddings": "embeddings",
    "3-fused": "fused",
    **{
        f"{number}-{kind}-{field}": kind
        for number, kind in ((4, "gan"), (5, "samples"), (6, "scores"))
        for field in ("photo", "sound", "caption")
    },
    "report": "report",
}
LONGEST_SECOND_RUN_S = 3.0


Plan = Callable[..., list[list[str]]]


def variables(work: Path) -> list[str]:
    return ["CONFIG=smoke.toml", f"RAW={work}/raw", f"WORK={work}"]


def make(work: Path, *goals: str) -> subprocess.CompletedProcess[str]:
    command = ["make", "--no-print-directory", "-C", EXAMPLE, "-j2", *variables(work), f"MMCLI={sys.executable} -m mmcli", *goals]
    # `make test` runs this below another make, which would change what this one says.
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKELEVEL", "MAKEFLAGS", "MFLAGS")}
    return subprocess.run(command, capture_output=True, text=True, env=environment)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the data set alone."""
    folder = tmp_path_factory.mktemp("smoke")
    done = make(folder, f"{folder}/1-dataset/artifact.json")
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def work(begun: Path, run_plan: Callable[..., str]) -> Path:
    """The same folder with everything else."""
    done = make(begun, "TARGETS=photo")
    assert done.returncode == 0, done.stderr
    assert "loading TensorFlow" in done.stderr
    run_plan(EXAMPLE, *variables(begun))
    return begun


def test_a_goal_that_is_there_is_not_made_again(begun: Path) -> None:
    goal = f"{begun}/1-dataset/artifact.json"
    again = make(begun, goal)
    assert (again.stdout, again.stderr) == (f"make: '{goal}' is up to date.\n", "")


@pytest.mark.parametrize("name", KINDS)
def test_every_input_of_a_command_is_made_before_it(name: str, planned: Plan, tmp_path: Path) -> None:
    """For every goal alone, so that commands that run at the same time cannot miss any."""
    made: list[str] = []
    for words in planned(EXAMPLE, *variables(tmp_path), f"{tmp_path}/{name}/artifact.json"):
        inputs = [word for word in words[:-2] if word.startswith(f"{tmp_path}/")]
        assert set(inputs) <= set(made)
        made.append(words[-1])
    assert made[-1] == f"{tmp_path}/{name}"


@pytest.mark.tf
def test_every_artifact_is_there_and_intact(work: Path) -> None:
    assert {name: store.open_artifact(work / name).manifest.kind for name in KINDS} == KINDS
    assert (work / "report" / "index.html").stat().st_size > 10_000


@pytest.mark.tf
def test_the_second_run_does_nothing(work: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in work.rglob("*")}
    begin = time.monotonic()
    again = make(work)
    assert (again.stdout, again.stderr) == ("make: Nothing to be done for 'all'.\n", "")
    assert time.monotonic() - begin < LONGEST_SECOND_RUN_S
    assert {path: path.stat().st_mtime_ns for path in work.rglob("*")} == before


@pytest.mark.tf
def test_a_stage_that_is_run_again_finds_itself_up_to_date(work: Path, run_plan: Callable[..., str]) -> None:
    names = ["1-dataset", "2-embeddings", "3-fused", "4-gan-photo", "5-samples-photo", "6-scores-photo"]
    ids = {name: store.open_artifact(work / name).id for name in names}
    said = run_plan(EXAMPLE, *variables(work), "--what-if", f"{work}/raw/artifact.json", f"{work}/6-scores-photo/artifact.json")
    assert said.count("is up to date") == len(names)
    assert "loading TensorFlow" not in said
    assert {name: store.open_artifact(work / name).id for name in names} == ids


@pytest.mark.tf
def test_samples_are_a_raw_folder_that_preprocess_reads(work: Path, tmp_path: Path) -> None:
    from mmcli.core.ui import Ui
    from mmcli.stages.registry import runner

    preprocess = runner("preprocess")
    from mmcli.stages.registry import config_of

    outcome = preprocess(work / "5-samples-photo", tmp_path / "dataset", config_of("preprocess")(image_size=16), Ui(quiet=True))
    assert outcome.body["counts"]["records"] == 24
