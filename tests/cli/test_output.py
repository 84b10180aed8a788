"""The result on stdout."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import numpy as np
import pytest

from mmcli.cli import output
from mmcli.core.errors import InputError
from mmcli.pipeline.outcome import Outcome
from mmcli.pipeline.stage import quoted


def test_an_error_is_three_lines_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    assert output.print_error(InputError("it\nis", "here\x1b", "do that")) == 3
    assert output.print_error(InputError("no place")) == 3
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == [r"error: it\nis", r"where: here\x1b", "fix: do that", "error: no place"]


def test_json_holds_any_path_and_number(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_outcome(Outcome(Path("\udce9\u202e"), "written", {"fid": np.float32(0.5), "kid": float("nan")}), as_json=True)
    text = capsys.readouterr().out
    assert text.isascii()
    assert json.loads(text) == {"path": "\udce9\u202e", "status": "written", "fid": 0.5, "kid": None}


def test_a_path_is_one_harmless_line(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_outcome(Outcome(Path("a\nb\x1b"), "written", {}), as_json=False)
    assert capsys.readouterr().out == "a\\nb\\x1b\n"


def test_a_table_is_aligned_off_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table(("name", "id"), [("long name", "1"), ("x\x1b", "[red]")])
    output.print_table((), [])
    assert capsys.readouterr().out.splitlines() == ["name       id", "long name  1", "x\\x1b      [red]"]


@pytest.mark.parametrize("path", ["a b", "-x", "--", "it's", "$(x)", "plain"])
def test_a_suggested_command_can_be_pasted(path: str) -> None:
    words = shlex.split(quoted("mmcli", "preprocess", Path(path), "-o", Path("out")))
    assert Path(words[2]) == Path(path)
    assert not words[2].startswith("-")
