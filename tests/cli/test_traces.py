"""Nothing is left in the home folder or the folder for temporary files, even by a run that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SOURCES = os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry)  # noqa: PTH100 - it may be a zip file
# A graph with a loop, for which AutoGraph writes files, and a plot, for which Matplotlib does; then it is killed, or not.
STAGE = """
import os, signal, sys
from mmcli.stages.demo_data import stage
def act(config):
    from mmcli.core.ui import Ui
    from mmcli.nn import runtime
    runtime.start(Ui(), 0)
    import tensorflow as tf
    from mmcli.nn.graphs import graph
    def total(n):
        found = 0
        for i in tf.range(n):
            found += i
        return found
    assert int(graph(total, loops=True)(tf.constant(4))) == 6
    from matplotlib.figure import Figure
    Figure().subplots().set_title("x")
    {end}
stage._choose = act
from mmcli.__main__ import main
main()
"""


def run(folder: Path, code: list[str], *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    for name in ("home", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("XDG_", "MPL", "KERAS", "HOME"))}
    given = {"HOME": str(folder / "home"), "TMPDIR": str(folder / "tmp"), "PYTHONPATH": SOURCES} if env is None else env
    return subprocess.run([sys.executable, *code, *arguments], capture_output=True, text=True, cwd=folder, env={**kept, **given})


def traces(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for name in ("home", "tmp") for path in (folder / name).rglob("*"))


@pytest.mark.tf
def test_a_stage_leaves_nothing_even_when_killed(tmp_path: Path) -> None:
    program = tmp_path / "program.py"  # AutoGraph reads the source
    program.write_text(STAGE.format(end="os.kill(os.getpid(), signal.SIGKILL)"))
    done = run(tmp_path, [str(program)], "demo-data", "-o", "raw")
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert traces(tmp_path) == []
    assert any((tmp_path / ".raw.building" / "scratch").iterdir())  # so the run had temporary files
    program.write_text(STAGE.format(end="return []"))
    done = run(tmp_path, [str(program)], "demo-data", "-o", "raw")
    assert done.returncode == 0, done.stderr
    assert traces(tmp_path) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == [".raw.lock", "home", "program.py", "raw", "tmp"]
    assert not (tmp_path / "raw" / "scratch").exists()


def test_commands_without_networks_leave_nothing(tmp_path: Path) -> None:
    (tmp_path / "texts").mkdir()
    for i in range(30):
        (tmp_path / "texts" / f"{i}.txt").write_text(f"a text with number {i}")
    for arguments in (
        ["preprocess", "texts", "-o", "data"],
        ["info", "data"],
        ["doctor", "--fast"],
        ["--help"],
        ["report", ".", "-o", "page"],
    ):
        done = run(tmp_path, ["-m", "mmcli"], *arguments)
        assert done.returncode == 0, done.stderr
        assert traces(tmp_path) == [], arguments


@pytest.mark.parametrize(
    "home", [{}, {"HOME": "/proc/nothing"}, {"HOME": "/dev/null", "TMPDIR": "/dev/null"}], ids=["unset", "none", "a file"]
)
def test_no_home_folder_is_needed(home: dict[str, str], tmp_path: Path) -> None:
    env = {"PYTHONPATH": SOURCES, **home}
    assert run(tmp_path, ["-m", "mmcli"], "demo-data", "-o", "raw", "--num-records", "20", env=env).returncode == 0
    done = run(tmp_path, ["-m", "mmcli"], "doctor", "--fast", env=env)
    assert "Traceback" not in done.stderr
    assert "a bug" not in done.stderr


@pytest.mark.tf
def test_settings_of_keras_in_the_home_folder_change_nothing(tmp_path: Path) -> None:
    (tmp_path / "home" / ".keras").mkdir(parents=True)
    (tmp_path / "home" / ".keras" / "keras.json").write_text('{"floatx": "float16", "image_data_format": "channels_first"}')
    code = (
        "from mmcli.core.ui import Ui; from mmcli.nn import runtime; runtime.start(Ui(silent=True), 0); import keras, os\n"
        "from keras.src.backend import config\n"
        "print(keras.config.floatx(), keras.config.image_data_format(), config.keras_home(), 'KERAS_HOME' in os.environ)"
    )
    done = run(tmp_path, ["-c", code])
    assert done.stdout.split() == ["float32", "channels_last", str(tmp_path / "home" / ".keras"), "False"]
