"""Standard output and standard error that are full, closed, or that nobody reads."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCES = os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry)  # noqa: PTH100 - it may be a zip file
ENV = {**os.environ, "PYTHONPATH": SOURCES}
FULL = [
    "error: the result cannot be printed: No space left on device",
    "where: standard output",
    "fix: free some disk space, or send the output elsewhere",
]
COMMANDS = {
    "help": ["--help"],
    "version": ["--version"],
    "help of a command": ["generate", "--help"],
    "plan": ["demo-data", "-o", "raw", "--dry-run"],
    "json": ["demo-data", "-o", "raw", "--dry-run", "--json"],
    "path": ["demo-data", "-o", "raw", "--num-records", "20"],
    "table": ["doctor", "--fast"],
    "schema": ["config-schema"],
    "completion": ["--show-completion", "bash"],
}


def mmcli(arguments: list[str], redirection: str, folder: Path, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-c", f'"$@" {redirection}', "bash", sys.executable, "-m", "mmcli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env={**ENV, **(env or {})}, timeout=120)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_full_device_as_stdout_is_told(name: str, tmp_path: Path) -> None:
    done = mmcli(COMMANDS[name], ">/dev/full", tmp_path)
    assert (done.returncode, done.stderr.splitlines()[-3:]) == (4, FULL)
    assert "Traceback" not in done.stderr
    assert (tmp_path / "raw" / "artifact.json").is_file() is (name == "path")  # what was made stays


def test_a_full_device_is_told_to_a_shell_that_completes(tmp_path: Path) -> None:
    env = {"_MMCLI_COMPLETE": "complete_bash", "COMP_WORDS": "mmcli pre", "COMP_CWORD": "1"}
    for redirection, code in ((">/dev/full", 4), (">&-", 4), ("| true", 0)):
        command = 'import sys; sys.argv = ["mmcli"]; from mmcli.__main__ import main; main()'
        done = subprocess.run(
            ["bash", "-c", f'"$@" {redirection}', "bash", sys.executable, "-c", command], capture_output=True, text=True, env={**ENV, **env}
        )
        assert done.returncode == code
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("name", ["help", "version", "path", "table"])
def test_a_closed_stdout_is_told_before_any_work(name: str, tmp_path: Path) -> None:
    done = mmcli(COMMANDS[name], ">&-", tmp_path)
    assert done.returncode == 4
    assert done.stderr.splitlines() == [
        "error: the result cannot be printed: standard output is closed",
        "where: standard output",
        "fix: run it without closing standard output, or send it to /dev/null",
    ]
    assert not (tmp_path / "raw").exists()
    assert mmcli(COMMANDS[name], "<&- >&- 2>&-", tmp_path).returncode == 4


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-"])
def test_messages_that_cannot_be_written_change_no_exit_code(redirection: str, tmp_path: Path) -> None:
    assert mmcli(["nothing"], redirection, tmp_path).returncode == 2
    assert mmcli(["info", "missing"], redirection, tmp_path).returncode == 3
    assert mmcli(COMMANDS["plan"], redirection, tmp_path).stdout.startswith("demo-data:  -> raw")


@pytest.mark.parametrize("name", ["help", "plan", "table", "schema"])
def test_a_reader_that_leaves_ends_the_output_quietly(name: str, tmp_path: Path) -> None:
    done = mmcli(COMMANDS[name], "| head -1; exit ${PIPESTATUS[0]}", tmp_path)
    assert (done.returncode, len(done.stdout.splitlines())) == (0, 1)
    assert done.stderr == ""


def test_a_reader_that_is_slow_gets_everything(tmp_path: Path) -> None:
    """A pipe that its other owner made non-blocking, as `ssh` and `node` do."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    with subprocess.Popen([sys.executable, "-m", "mmcli", "config-schema"], stdout=write, stderr=subprocess.PIPE, env=ENV) as process:
        os.close(write)
        parts = []
        while part := os.read(read, 1000):
            parts.append(part)
    os.close(read)
    assert process.returncode == 0
    whole = subprocess.run([sys.executable, "-m", "mmcli", "config-schema"], capture_output=True, env=ENV).stdout
    assert len(whole) > 2**16  # more than a pipe holds
    assert b"".join(parts) == whole
