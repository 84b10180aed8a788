"""The program as a process: streams, signals, locales, limits and exit codes."""

from __future__ import annotations

import errno
import json
import os
import pty
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DEMO = ("demo-data", "-o")
# The stage is quick: it writes no records. Where it would choose them it sends a signal to itself, or fails.
ACTING = """
import errno, os, signal, sys
from mmcli.stages.demo_data import stage
def act(config):
    {act}
stage._choose = act
sys.argv[0] = "mmcli"
from mmcli.__main__ import main
main()
"""
SOURCES = os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry)  # noqa: PTH100 - it may be a zip file


def program(act: str = "return []") -> list[str]:
    return [sys.executable, "-c", ACTING.format(act=act)]


def mmcli(*arguments: str, act: str = "return []", env: dict[str, str] | None = None, **options: Any) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PYTHONPATH": SOURCES, **(env or {})}
    return subprocess.run([*program(act), *arguments], capture_output=True, text=True, env=env, **options)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_reader_of_stdout_that_leaves_is_no_error(tmp_path: Path) -> None:
    for arguments in (["--help"], ["--version"], [*DEMO, str(tmp_path / "raw"), "--json"], ["info", str(tmp_path / "raw")]):
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([*program(), *arguments], stdout=write, stderr=subprocess.PIPE, text=True)
        os.close(write)
        assert done.returncode == 0, arguments
        assert not [line for line in done.stderr.splitlines() if "Error" in line or "Traceback" in line or "Exception" in line]


def test_nobody_reading_stderr_does_not_stop_the_work(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([*program(), *DEMO, str(tmp_path / "raw")], stdout=subprocess.PIPE, stderr=write, text=True)
    os.close(write)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'raw'}\n")


@pytest.mark.parametrize("closed", ["2>&-", "<&-", "<&- 2>&-"])
def test_streams_that_were_closed_before_the_start(closed: str, tmp_path: Path) -> None:
    out = tmp_path / "raw"
    done = subprocess.run(["bash", "-c", f'"$@" {closed}', "bash", *program(), *DEMO, str(out)], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, f"{out}\n")
    assert "Error" not in done.stderr
    assert mmcli("info", str(out), "--verify").returncode == 0  # nothing was written into a file by mistake


@pytest.mark.parametrize(
    ("act", "code", "said"),
    [
        ("raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))", 4, "no space left to write"),
        ("raise PermissionError(errno.EACCES, 'Permission denied', 'x')", 4, "permission denied"),
        ("raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))", 4, "ulimit -n"),
        ("raise MemoryError", 4, "memory"),
        ("raise type('ResourceExhaustedError', (Exception,), {})('OOM when allocating')", 4, "memory"),
        ("raise BrokenPipeError(errno.EPIPE, 'Broken pipe')", 4, "file system error"),
        ("raise RecursionError('x')", 1, "a bug in mmcli: RecursionError"),
        ("raise ZeroDivisionError('\\x1b[31m\\u202e')", 1, "a bug in mmcli"),
        ("sys.exit(143)", 143, ""),
    ],
)
def test_any_failure_is_three_lines_and_its_code(act: str, code: int, said: str, tmp_path: Path) -> None:
    done = mmcli(*DEMO, str(tmp_path / "raw"), act=act)
    assert done.returncode == code
    assert done.stdout == ""
    assert said in done.stderr
    assert not {"\x1b", "\u202e"} & set(done.stderr)
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "raw").exists()


def test_debug_shows_the_traceback_and_nothing_raw() -> None:
    done = mmcli("info", "none\x1b[31m", env={"MMCLI_DEBUG": "1"})
    assert done.stderr.startswith("Traceback")
    assert "\x1b" not in done.stderr
    assert [line.split(":")[0] for line in done.stderr.splitlines()[-3:]] == ["error", "where", "fix"]


def test_debug_shows_where_a_bug_is(tmp_path: Path) -> None:
    done = mmcli(*DEMO, str(tmp_path / "raw"), act="1 / 0", env={"MMCLI_DEBUG": "1"})
    assert done.returncode == 1
    assert "ZeroDivisionError" in done.stderr
    assert "in act" in done.stderr


def test_json_is_ascii_in_every_locale(tmp_path: Path) -> None:
    out = tmp_path / "é😀\u202e"
    for env in ({"PYTHONIOENCODING": "ascii"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {}):
        done = mmcli("demo-data", "-o", str(out), "--dry-run", "--json", env=env)
        assert done.stdout.isascii()
        assert os.fsencode(json.loads(done.stdout)["out"]) == os.fsencode(str(out))


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "C"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "20"},
        {"TMPDIR": "/no/such/folder", "HOME": "/no/such/folder"},
        {"CUDA_VISIBLE_DEVICES": "junk", "TERM": ""},
    ],
)
def test_odd_environments_work(env: dict[str, str], tmp_path: Path) -> None:
    assert mmcli("--help", env=env).returncode == 0
    done = mmcli(*DEMO, str(tmp_path / "raw"), env=env)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'raw'}\n")
    assert "\x1b" not in done.stderr


def test_no_environment_at_all_works(tmp_path: Path) -> None:
    path = os.pathsep.join(entry for entry in sys.path if entry)
    done = subprocess.run(
        [sys.executable, "-m", "mmcli", *DEMO, "raw", "--num-records", "20"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": path},
    )
    assert (done.returncode, done.stdout) == (0, "raw\n")


@pytest.mark.parametrize(("columns", "term"), [(20, "xterm"), (80, "dumb"), (80, "xterm")])
def test_progress_on_a_terminal_leaves_only_lines(columns: int, term: str, tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    env = {**os.environ, "TERM": term, "COLUMNS": str(columns)}
    command = [*program(), *DEMO, str(tmp_path / "raw")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=env) as process:
        os.close(theirs)
        shown = read_all(ours)
        assert process.stdout is not None
        assert process.stdout.read().decode() == f"{tmp_path / 'raw'}\n"
    assert process.returncode == 0
    assert b"next: mmcli preprocess" in shown
    assert (b"\x1b" in shown) is (term != "dumb")


def read_all(descriptor: int) -> bytes:
    parts = []
    while True:
        try:
            part = os.read(descriptor, 65_536)
        except OSError as error:  # the other end is closed
            if error.errno != errno.EIO:
                raise
            part = b""
        if not part:
            os.close(descriptor)
            return b"".join(parts)
        parts.append(part)


@pytest.mark.parametrize(
    "name", ["--", "-x", "a b", "$(touch x)", "'\"", "new\nline", "émoji😀", os.fsdecode(b"caf\xe9"), "CON", "x" * 200]
)
def test_odd_names_of_folders_work(name: str, tmp_path: Path) -> None:
    done = mmcli(*DEMO, name, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / name / "artifact.json").is_file()
    assert len(done.stdout.splitlines()) == 1
    assert names(tmp_path) == sorted([f".{name}.lock", name])


@pytest.mark.parametrize(
    ("limit", "value", "said"),
    [(resource.RLIMIT_FSIZE, 300, "no space left to write"), (resource.RLIMIT_NOFILE, 64, ""), (resource.RLIMIT_AS, 2**29, "")],
)
def test_limits_of_the_system_end_in_work_or_in_code_4(limit: int, value: int, said: str, tmp_path: Path) -> None:
    done = mmcli(*DEMO, str(tmp_path / "raw"), preexec_fn=lambda: resource.setrlimit(limit, (value, value)))
    assert done.returncode == (4 if said else 0)
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("place", ["/", ".", "..", "~"])
@pytest.mark.parametrize("force", [[], ["--force"]])
def test_force_never_deletes_a_folder_that_is_no_artifact(place: str, force: list[str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "here").mkdir(parents=True)
    for folder in (home, home / "here"):
        (folder / "mine.txt").write_text("mine")
    done = mmcli(*DEMO, str(home) if place == "~" else place, *force, cwd=home / "here", env={"HOME": str(home)})
    assert done.returncode == 2
    assert sorted(path.name for path in home.rglob("*")) == ["here", "mine.txt", "mine.txt"]
    assert names(tmp_path) == ["home"]


def test_an_empty_path_is_told(tmp_path: Path) -> None:
    for arguments in ([*DEMO, ""], ["preprocess", "", "-o", "x"]):
        done = mmcli(*arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert "the path is empty" in done.stderr
    assert names(tmp_path) == []


def test_a_read_only_folder_or_a_file_as_parent_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = mmcli(*DEMO, str(tmp_path / "file" / "raw"))
    assert done.returncode == 4
    assert "Traceback" not in done.stderr


def test_no_arguments_show_the_help_with_code_2() -> None:
    done = mmcli()
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Commands:" in done.stderr


def test_two_runs_at_once_end_in_code_4(tmp_path: Path) -> None:
    from mmcli.artifacts import store

    with store.begin(tmp_path / "raw", kind="raw", config={}, seed=0, inputs=[]):
        done = mmcli(*DEMO, str(tmp_path / "raw"))
    assert done.returncode == 4
    assert "another run" in done.stderr
    assert mmcli(*DEMO, str(tmp_path / "raw")).returncode == 0
