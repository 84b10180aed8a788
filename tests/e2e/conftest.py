"""The commands that a Makefile plans, run in this process."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROGRAM = "echo mmcli"  # says a version without a start of Python
Plan = Callable[..., list[list[str]]]
Run = Callable[..., str]


@pytest.fixture(scope="session")
def planned() -> Plan:
    """Function that lists the command lines that make would run, without the name of the program."""

    def read(project: Path, *arguments: str) -> list[list[str]]:
        command = ["make", "-n", "--no-print-directory", "-C", project, f"MMCLI={PROGRAM}", *arguments]
        # `make test` runs this below another make, which would change what this one says.
        environment = {name: value for name, value in os.environ.items() if name not in ("MAKELEVEL", "MAKEFLAGS", "MFLAGS")}
        lines = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout.splitlines()
        return [shlex.split(line.removeprefix(PROGRAM)) for line in lines if line.startswith(PROGRAM)]

    return read


@pytest.fixture(scope="session")
def run_plan(planned: Plan) -> Run:
    """Function that runs those commands and returns what they say; that programs run one after the other is seen in test_smoke.

    A start of Python and TensorFlow per command takes longer than what it does to tiny data.
    """
    from typer.testing import CliRunner

    from mmcli.cli.app import app

    def run(project: Path, *arguments: str) -> str:
        said = ""
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(project)
            patch.setattr("mmcli.training.judge.MIN_STEPS", 20)
            patch.setattr("mmcli.stages.evaluate.matching._STEPS", 20)
            for words in planned(project, *arguments):
                result = CliRunner().invoke(app, words)
                assert result.exit_code == 0, (words, result.stderr)
                said += result.stderr
        if "keras" in sys.modules:  # train-gan chooses the faster policy for the process
            sys.modules["keras"].mixed_precision.set_dtype_policy("float32")
        return said

    return run
