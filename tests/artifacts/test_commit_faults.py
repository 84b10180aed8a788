"""The n-th operation of a commit fails, or the process dies there: the artifact is old or new, never a mix."""

from __future__ import annotations

import errno
import io
import itertools
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from mmcli.artifacts import arrays, durable, jsonio, publish, store, weights
from mmcli.core.errors import EnvironmentUnfitError

OPERATIONS = [(os, name) for name in ("open", "fsync", "replace", "rename", "unlink", "rmdir", "mkdir", "utime", "write")]
OPERATIONS += [(io, "open")]


@contextmanager
def at_operation(number: int, act: Callable[[], None]) -> Iterator[Callable[[], int]]:
    """Call `act` before the operation of that number; yields how many there were."""
    counter = itertools.count(1)
    done = [0]
    originals = [(module, name, getattr(module, name)) for module, name in OPERATIONS]

    def wrap(original: Callable[..., Any]) -> Callable[..., Any]:
        def operation(*args: Any, **kwargs: Any) -> Any:
            done[0] = next(counter)
            if done[0] == number:
                act()
            return original(*args, **kwargs)

        return operation

    for module, name, original in originals:
        setattr(module, name, wrap(original))
    try:
        yield lambda: done[0]
    finally:
        for module, name, original in originals:
            setattr(module, name, original)


def fail(code: int) -> Callable[[], None]:
    def act() -> None:
        raise OSError(code, os.strerror(code))

    return act


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def make(out: Path, value: int) -> None:
    """Write an artifact of three small files."""
    with store.begin(out, kind="dataset", config={"value": value}, seed=0, inputs=[]) as build:
        if build.up_to_date:
            return
        jsonio.write(build.path / "a.json", {"value": value})
        (build.path / "below").mkdir(exist_ok=True)
        for name in ("b.txt", "below/c.txt"):
            (build.path / name).write_text(str(value) * 500)
        build.commit()


def read_value(out: Path) -> int:
    """The value of an intact artifact; every part of it must agree."""
    value = int(store.open_artifact(out, "dataset").manifest.config["value"])
    assert jsonio.read(out / "a.json") == {"value": value}
    assert (out / "b.txt").read_text() == (out / "below" / "c.txt").read_text() == str(value) * 500
    return value


@pytest.fixture(autouse=True)
def _without_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)


@pytest.fixture
def file_system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """One that can exchange two folders, and one that cannot."""
    if request.param == "two renames":
        monkeypatch.setattr(publish, "_exchange", lambda first, second: False)
    return str(request.param)


# Without an old artifact there is nothing to exchange.
cases = pytest.mark.parametrize(("old", "file_system"), [(None, "exchange"), (1, "exchange"), (1, "two renames")], indirect=["file_system"])


@cases
def test_a_failing_operation_leaves_the_old_or_the_new(old: int | None, file_system: str, tmp_path: Path) -> None:
    for number in itertools.count(1):
        out = tmp_path / str(number) / "out"
        if old:
            make(out, old)
        with at_operation(number, fail(errno.ENOSPC if number % 2 else errno.EIO)) as count, suppress(EnvironmentUnfitError):
            make(out, 2)
        if count() < number:
            break
        publish.recover(out)
        assert (read_value(out) if out.exists() else None) in (old, 2)
        make(out, 2)
        assert read_value(out) == 2
        assert sorted(path.name for path in out.parent.iterdir()) in ([".out.lock", "out"], [".out.building", ".out.lock", "out"])
    assert number > 20


@cases
def test_a_kill_at_any_operation_leaves_the_old_or_the_new(old: int | None, file_system: str, tmp_path: Path) -> None:
    for number in itertools.count(1):
        out = tmp_path / str(number) / "out"
        if old:
            make(out, old)
        if run_in_child(lambda out=out, number=number: make_dying(out, number)) == 0:
            break
        missing = not out.exists()
        if file_system == "exchange":
            assert missing is (old is None) or read_value(out) == 2
        publish.recover(out)
        assert (read_value(out) if out.exists() else None) in (old, 2)
        make(out, 2)
        assert read_value(out) == 2
        make(out, 3)
        assert sorted(path.name for path in out.parent.iterdir()) == [".out.lock", "out"]
    assert number > 20


def make_dying(out: Path, number: int) -> None:
    with at_operation(number, die):
        make(out, 2)


def run_in_child(work: Callable[[], None]) -> int:
    """Fork, so that a fault stays in the child; returns its wait status."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


@pytest.mark.parametrize("limit", [10, 300])
def test_a_file_size_limit_leaves_the_old_artifact(limit: int, tmp_path: Path) -> None:
    out = tmp_path / "out"
    make(out, 1)

    def work() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        with pytest.raises(EnvironmentUnfitError) as caught:
            make(out, 2)
        assert caught.value.exit_code == 4
        assert "File too large" in caught.value.what
        assert "bytes free" in caught.value.what

    assert run_in_child(work) == 0
    assert read_value(out) == 1
    make(out, 2)
    assert read_value(out) == 2


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_every_writer_tells_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    monkeypatch.setattr(os, "replace", lambda first, second: None)
    (tmp_path / "x.tmp").symlink_to("/dev/full")
    (tmp_path / "x").symlink_to("/dev/full")
    writers: list[Callable[[], None]] = [
        lambda: durable.write(tmp_path / "x", b"data"),
        lambda: jsonio.write(tmp_path / "x", {"a": 1}),
        lambda: weights.save(tmp_path / "x", {"a": np.zeros(10_000)}),
        lambda: arrays.save(tmp_path / "x", np.zeros(10_000)),
    ]
    for write in writers:
        with pytest.raises(OSError, match="No space left") as caught:
            write()
        error = durable.disk_error(caught.value, tmp_path / "x")
        assert error.exit_code == 4
        assert "no space left to write" in error.what


def test_two_writers_at_once_leave_one_whole_artifact(tmp_path: Path, make: Callable, read_value: Callable) -> None:
    out = tmp_path / "out"
    children = []
    for value in range(1, 9):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                make(out, value)
                code = 0
            except EnvironmentUnfitError:
                code = 4
            finally:
                os._exit(code)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    assert set(codes) <= {0, 4}
    assert 0 in codes
    assert read_value(out) in range(1, 9)
    sys.stdout.flush()
