"""Ctrl-C and SIGTERM: at any moment the program ends with 130 or 143 and three lines or nothing."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

SOURCES = os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry)  # noqa: PTH100 - it may be a zip file
ENV = {**os.environ, "PYTHONPATH": SOURCES}
NUMBERS = (signal.SIGINT, signal.SIGTERM)
# As the console script that pip writes, and as a module.
PROGRAMS = ([sys.executable, "-c", "import sys; from mmcli.__main__ import main; sys.exit(main())"], [sys.executable, "-m", "mmcli"])
# The stage is quick: where it would choose its records, it acts.
ACTING = """
import os, signal, sys
from mmcli.stages.demo_data import stage
def act(config):
    {act}
stage._choose = act
from mmcli.__main__ import main
main()
"""
READY = "print('ready', flush=True); import time; time.sleep(60)"
LOADING = """
from mmcli.core import interruption
interruption.install()
from mmcli.core.ui import Ui
from mmcli.nn import runtime
runtime.start(Ui(), 0)
"""
TENSORFLOW = [sys.executable, "-c", LOADING]


def heeding() -> None:
    """A shell's job in the background ignores SIGINT, and so do its children."""
    for number in NUMBERS:
        signal.signal(number, signal.SIG_DFL)


def start(command: Sequence[str], prepare: Callable[[], None] = heeding) -> subprocess.Popen[str]:
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENV, preexec_fn=prepare)  # noqa: PLW1509 - no threads here


def acting(act: str, out: Path) -> list[str]:
    return [sys.executable, "-c", ACTING.format(act=act), "demo-data", "-o", str(out)]


def lines(number: int, command: str) -> list[str]:
    return [f"error: interrupted by signal {number}", f"where: {command}", "fix: run the same command again"]


def ended_well(number: int, code: int, stderr: str) -> bool:
    """Whether a program ended as it should after a signal; code 0 if it had finished before.

    The interpreter itself dies of the signal before it has installed a handler, and from then until the program's first
    instruction answers SIGINT by a traceback without a line of the program.
    """
    if "Traceback" in stderr or "Error" in stderr:
        return number == signal.SIGINT and not any(word in stderr for word in ("/mmcli/", "Exception ignored"))
    said = [line for line in stderr.splitlines() if line.startswith(("error:", "where:", "fix:"))]
    return code in (-number, 128 + number, 0) and (not said or said[0] == f"error: interrupted by signal {number}")


def signalled(command: Sequence[str], number: int, delay_s: float) -> tuple[int, str]:
    """Exit code and messages of a program that gets a signal after some time."""
    with start(command) as process:
        assert process.stderr is not None
        select.select([process.stdout], [], [], delay_s)  # until its result appears, at the latest
        process.send_signal(number)
        _, stderr = process.communicate(timeout=120)
    return process.returncode, stderr


def duration_s(command: Sequence[str]) -> float:
    begin = time.monotonic()
    with start(command) as process:
        process.communicate(timeout=120)
    return time.monotonic() - begin


@pytest.mark.parametrize("number", NUMBERS)
def test_a_signal_ends_a_stage_with_its_code(number: int, tmp_path: Path) -> None:
    with start(acting(f"os.kill(os.getpid(), {int(number)})", tmp_path / "raw")) as process:
        stdout, stderr = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (128 + number, "")
    assert stderr.splitlines()[-3:] == lines(number, "mmcli demo-data")
    assert subprocess.run(acting("return []", tmp_path / "raw"), env=ENV, capture_output=True).returncode == 0


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    "act",
    [
        "try:\n        os.kill(os.getpid(), {0})\n    except BaseException:\n        pass",
        "class Thing:\n        def __del__(self):\n            os.kill(os.getpid(), {0})\n    Thing()",
        "import atexit; atexit.register(os.kill, os.getpid(), {0}); return []",
        "import threading; threading._register_atexit(os.kill, os.getpid(), {0}); return []",
        "sys.path.insert(0, os.path.dirname(sys.argv[-1])); import killing",
    ],
    ids=["swallowed", "destructor", "atexit", "at the end of threads", "import"],
)
def test_no_place_swallows_a_signal_or_shows_a_traceback(act: str, number: int, tmp_path: Path) -> None:
    (tmp_path / "killing.py").write_text(f"import os\nos.kill(os.getpid(), {int(number)})\n")
    with start(acting(act.format(int(number)), tmp_path / "raw")) as process:
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert not [word for word in ("Traceback", "Exception", "Error") if word in stderr]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_stage_that_waits_ends_at_once(number: int, tmp_path: Path) -> None:
    with start(acting(READY, tmp_path / "raw")) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        _, stderr = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert stderr.splitlines()[-3:] == lines(number, "mmcli demo-data")


@pytest.mark.parametrize("number", NUMBERS)
def test_an_ignored_signal_stays_ignored(number: int, tmp_path: Path) -> None:
    with start(
        acting(f"os.kill(os.getpid(), {int(number)}); return []", tmp_path / "raw"), lambda: signal.signal(number, signal.SIG_IGN) and None
    ) as process:
        stdout, _ = process.communicate(timeout=60)
    assert (process.returncode, stdout) == (0, f"{tmp_path / 'raw'}\n")


@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
def test_a_signal_needs_no_stderr(stderr: str, tmp_path: Path) -> None:
    act = acting("os.kill(os.getpid(), signal.SIGTERM)", tmp_path / "raw")
    done = subprocess.run(["sh", "-c", f'exec "$@" {stderr}', "sh", *act], capture_output=True, env=ENV, preexec_fn=heeding)
    assert done.returncode == 143


@pytest.mark.parametrize("program", PROGRAMS, ids=["script", "module"])
@pytest.mark.parametrize("number", NUMBERS)
def test_signals_while_starting(program: list[str], number: int, tmp_path: Path) -> None:
    command = [*program, "demo-data", "-o", str(tmp_path / "raw"), "--dry-run"]
    whole_s = duration_s(command)
    for i in range(3):
        code, stderr = signalled(command, number, whole_s * (0.1 + 0.4 * i))
        assert ended_well(number, code, stderr), (i, code, stderr)


def raw_folder(folder: Path) -> Path:
    for i in range(40):
        (folder / "raw").mkdir(exist_ok=True)
        (folder / "raw" / f"{i}.txt").write_text(f"text number {i}")
    return folder / "raw"


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.mark.parametrize("number", NUMBERS)
def test_worker_processes_end_with_the_program(number: int, tmp_path: Path) -> None:
    command = [*PROGRAMS[1], "preprocess", str(raw_folder(tmp_path)), "-o", str(tmp_path / "out")]
    with start(command) as process:
        while not (workers := children(process.pid)):
            assert not select.select([process.stdout], [], [], 0.01)[0], "it ended without a worker"
        watched = [os.pidfd_open(worker) for worker in workers]
        process.send_signal(number)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "Traceback" not in stderr
    for descriptor in watched:
        assert select.select([descriptor], [], [], 60)[0], "a worker is still running"
        os.close(descriptor)
    assert subprocess.run(command, env=ENV, capture_output=True).returncode == 0


@pytest.mark.tf
def test_signals_while_tensorflow_is_imported() -> None:
    whole_s = duration_s(TENSORFLOW)
    for number, fraction in zip(NUMBERS, (0.3, 0.6), strict=True):
        code, stderr = signalled(TENSORFLOW, number, whole_s * fraction)
        assert code != 0
        assert ended_well(number, code, stderr), (number, code, stderr)


@pytest.mark.slow
@pytest.mark.tf
def test_200_signals_at_random_moments(tmp_path: Path) -> None:
    raw, rng = raw_folder(tmp_path), random.Random(0)
    cheap = [
        ["demo-data", "-o", str(tmp_path / "demo"), "--force"],
        ["preprocess", str(raw), "-o", str(tmp_path / "out"), "--force"],
        ["--help"],
    ]
    commands = [[*program, *arguments] for program in PROGRAMS for arguments in cheap] + [TENSORFLOW]
    times_s = [duration_s(command) for command in commands]
    seen: Counter[tuple[str, int, str]] = Counter()
    for i in range(200):
        command, number = i % len(commands), NUMBERS[i // len(commands) % 2]
        code, stderr = signalled(commands[command], number, rng.uniform(0.0, 1.1 * times_s[command]))
        assert ended_well(number, code, stderr), (commands[command], code, stderr)
        seen[NUMBERS[i // len(commands) % 2].name, code, "traceback" if "Traceback" in stderr else ""] += 1
    print(*sorted(seen.items()), sep="\n")
    own = sum(count for (_, _, traceback), count in seen.items() if traceback)
    assert own <= 10  # the interpreter's own start is a small part of the time
