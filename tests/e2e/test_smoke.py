"""The keypad example from nothing to the report with its tiny configuration, and once more."""

from __future__ import annotations

import os
import subprocess
import sys
import time
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


def make(work: Path, *goals: str) -> subprocess.CompletedProcess[str]:
    variables = ["CONFIG=smoke.toml", f"RAW={work}/raw", f"WORK={work}", f"MMCLI={sys.executable} -m mmcli"]
    command = ["make", "--no-print-directory", "-C", EXAMPLE, "-j2", *variables, *goals]
    # `make test` runs this below another make, which would change what this one says.
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKELEVEL", "MAKEFLAGS", "MFLAGS")}
    return subprocess.run(command, capture_output=True, text=True, env=environment)


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("smoke")
    done = make(folder)
    assert done.returncode == 0, done.stderr
    return folder


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
def test_a_stage_that_is_run_again_finds_itself_up_to_date(work: Path) -> None:
    names = ["1-dataset", "2-embeddings", "3-fused", "4-gan-photo", "5-samples-photo", "6-scores-photo"]
    ids = {name: store.open_artifact(work / name).id for name in names}
    done = make(work, "--what-if", f"{work}/raw/artifact.json", f"{work}/6-scores-photo/artifact.json")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("is up to date") == len(names)
    assert "loading TensorFlow" not in done.stderr
    assert {name: store.open_artifact(work / name).id for name in names} == ids


@pytest.mark.tf
def test_samples_are_a_raw_folder_that_preprocess_reads(work: Path, tmp_path: Path) -> None:
    from mmcli.core.ui import Ui
    from mmcli.stages.registry import runner

    preprocess = runner("preprocess")
    from mmcli.stages.registry import config_of

    outcome = preprocess(work / "5-samples-photo", tmp_path / "dataset", config_of("preprocess")(image_size=16), Ui(quiet=True))
    assert outcome.body["counts"]["records"] == 24
