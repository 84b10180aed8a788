"""The command line: help, version, usage errors, configuration, results and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import mmcli
from mmcli.cli.app import app
from mmcli.stages.registry import PLACES


def run(*arguments: object, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env=env)


def error_lines(result: Result) -> list[str]:
    return [line for line in result.stderr.splitlines() if line.startswith(("error: ", "where: ", "fix: "))]


def config_of(result: Result) -> dict[str, object]:
    plan: dict[str, object] = json.loads(result.stdout)["config"]
    return plan


def test_help_lists_the_commands_in_the_order_of_the_data() -> None:
    text = run("--help").stdout.partition("Commands:")[2]
    places = [text.index(f"\n  {name}") for name in tuple(PLACES)]
    assert places == sorted(places)


def test_version_is_printed_on_stdout() -> None:
    result = run("--version")
    assert (result.exit_code, result.stdout) == (0, f"mmcli {mmcli.__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["demo-dat"], "did you mean 'demo-data'"),
        (["demo-data", "--num-record", "20", "-o", "x"], "num-records"),
        (["demo-data"], "missing option"),
        (["preprocess", "-o", "x"], "missing argument"),
        (["demo-data", "-o", "x", "--num-records", "many"], "must be an integer"),
        (["demo-data", "-o", "x", "--num-records", "5"], "from 20 to 1,797"),
        (["demo-data", "-o", "x", "--missing", "nan"], "number"),
        (["embed", "data", "-o", "x", "--loss", "siglap"], "did you mean siglip"),
        (["demo-data", "-o", "x", "--config", "no.toml"], "cannot be read"),
        (["preprocess", "raw", "-o", "raw"], "choose another output folder"),
        (["preprocess", "raw", "-o", "raw/out"], "inside the input"),
    ],
)
def test_a_usage_error_is_three_lines_and_code_2(arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert len(error_lines(result)) == len(result.stderr.splitlines()) == 3
    assert said in result.stderr.lower()
    assert list(tmp_path.iterdir()) == []


def test_dry_run_prints_the_options_and_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "raw"
    result = run("demo-data", "-o", out, "--num-records", "30", "--dry-run")
    assert result.exit_code == 0
    assert "num_records = 30" in result.stdout
    assert not out.exists()


def test_flag_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    file = tmp_path / "mmcli.toml"
    file.write_text("seed = 3\n[demo-data]\nnum-records = 50\nmissing = 0.5\n")
    common = ["demo-data", "-o", tmp_path / "raw", "--config", file, "--dry-run", "--json"]
    assert config_of(run(*common)) == {"num_records": 50, "missing": 0.5, "seed": 3}
    env = {"MMCLI_DEMO_DATA_NUM_RECORDS": "40", "MMCLI_SEED": "4"}
    assert config_of(run(*common, env=env)) == {"num_records": 40, "missing": 0.5, "seed": 4}
    assert config_of(run(*common, "--num-records", "30", env=env))["num_records"] == 30


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("[demo-data]\nnum-recrods = 5", "did you mean num-records"),
        ("[demo-dat]\nmissing = 0", "unknown table [demo-dat]"),
        ("missing = 0", "top level"),
        ("[demo-data]\nmissing = true", "must be a number"),
        ("[demo-data\n", "not TOML"),
        ("[demo-data]\n[demo-data]\n", "not TOML"),
        ("seed = -1", "out of range"),
        ("[demo-data]\nnum-records = 0", "num-records is out of range"),
        ("demo-data = [1]", "unknown key demo-data"),
    ],
)
def test_a_mistake_in_the_configuration_is_named(body: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "mmcli.toml"
    file.write_text(body)
    result = run("demo-data", "-o", tmp_path / "raw", "--config", file)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "mmcli.toml" in result.stderr


def test_the_result_is_the_path_and_the_second_run_does_nothing(tmp_path: Path) -> None:
    out = tmp_path / "raw"
    first, second = (run("demo-data", "-o", out, "--num-records", "20") for _ in range(2))
    assert first.stdout == second.stdout == f"{out}\n"
    assert "next: mmcli preprocess" in first.stderr
    assert "up to date" in second.stderr


def test_json_is_one_object_on_stdout(tmp_path: Path) -> None:
    result = run("demo-data", "-o", tmp_path / "raw", "--num-records", "20", "--json")
    body = json.loads(result.stdout)
    assert (body["status"], body["kind"], body["counts"]["records"]) == ("written", "raw", 20)


def test_a_folder_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    result = run("demo-data", "-o", tmp_path, "--num-records", "20")
    assert result.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_missing_input_ends_with_code_3(tmp_path: Path) -> None:
    result = run("preprocess", tmp_path / "none", "-o", tmp_path / "out")
    assert result.exit_code == 3
    assert len(error_lines(result)) == 3


def test_control_bytes_never_reach_the_terminal(tmp_path: Path) -> None:
    result = run("info", tmp_path / "\x1b[31mred\u202e")
    assert result.exit_code == 3
    assert "\x1b" not in result.stderr
    assert "\u202e" not in result.stderr
    assert r"\x1b[31mred" in result.stderr


def test_a_bug_is_reported_without_a_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from mmcli.stages.demo_data import stage as demo_data

    monkeypatch.setattr(demo_data, "_choose", lambda config: 1 / 0)
    result = run("demo-data", "-o", tmp_path / "raw")
    assert result.exit_code == 1
    assert "ZeroDivisionError" in result.stderr
    assert "Traceback" not in result.stderr
