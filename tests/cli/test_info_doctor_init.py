"""`info`, `doctor` and `init` through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mmcli.cli.app import app
from mmcli.stages.doctor import stage as doctor


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def pairs(tmp_path: Path) -> Path:
    folder = tmp_path / "pairs"
    folder.mkdir()
    for name in "abc":
        (folder / f"{name}.txt").write_text(f"words of {name}")
        (folder / f"{name}.wav").write_bytes(b"RIFF")
    return folder


def test_info_prints_a_plain_table_or_json(tmp_path: Path, pairs: Path) -> None:
    run("demo-data", "-o", tmp_path / "work" / "raw", "--num-records", "20", "-q")
    assert "field photo" in run("info", tmp_path / "work" / "raw").stdout
    assert run("info", tmp_path / "work", "--verify").stdout.splitlines()[1].split()[:2] == ["raw", "raw"]
    facts = json.loads(run("info", pairs, "--json").stdout)
    assert facts["suffixes"] == {".txt": 3, ".wav": 3}


def test_doctor_ends_with_0_or_with_4_and_a_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    report = json.loads(run("doctor", "--fast", "--json").stdout)
    assert report["fit"] is all(check["status"] != "fail" for check in report["checks"])
    monkeypatch.setattr(doctor.metadata, "requires", lambda _: ["no-such-package-of-ours>=1"])
    result = run("doctor", "--fast")
    assert result.exit_code == 4
    assert "fix: pip install 'no-such-package-of-ours>=1'" in result.stderr
    assert "no-such-package-of-ours" in result.stdout


def test_init_prints_the_project_and_the_next_command(pairs: Path) -> None:
    result = run("init", pairs)
    assert result.stdout == f"{pairs}-mmcli\n"
    assert [line.partition(":")[0] for line in result.stderr.splitlines()][:5] == ["found", "makes", "settings", "splits", "time"]
    assert f"next: make -C {pairs}-mmcli" in result.stderr
    again = run("init", pairs)
    assert again.exit_code == 2
    assert "already exists" in again.stderr


@pytest.mark.parametrize("command", ["info", "validate", "init"])
def test_json_is_ascii(pairs: Path, command: str) -> None:
    folder = pairs.rename(pairs.with_name("p\u00e4"))
    result = run(command, folder, "--json")
    assert result.stdout.isascii()
    assert str(folder) in json.dumps(json.loads(result.stdout), ensure_ascii=False)
