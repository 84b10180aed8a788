"""Shells complete commands, options and their values."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest


def completed(*words: str) -> list[str]:
    """What bash is offered for the last word."""
    line = " ".join(["mmcli", *words])
    env = {**os.environ, "_MMCLI_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(len(words))}
    code = "import sys; sys.argv = ['mmcli']; from mmcli.cli.app import app; app(prog_name='mmcli')"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env, check=False).stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [(["pre"], ["preprocess"]), (["train-gan", "--targ"], ["--target"]), (["embed", "--image-m"], ["--image-method"])],
)
def test_bash_completes(words: list[str], offered: list[str]) -> None:
    assert completed(*words) == offered


def test_the_help_says_how_to_install_it() -> None:
    env = {**os.environ, "_TYPER_FORCE_DISABLE_TERMINAL": "1"}
    done = subprocess.run([sys.executable, "-m", "mmcli", "--help"], capture_output=True, text=True, env=env, check=True)
    assert "--install-completion" in done.stdout
