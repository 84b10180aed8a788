"""Lines and progress on stderr, and in the log."""

from __future__ import annotations

import io
import time
from pathlib import Path

import pytest

from mmcli.core.ui import PLAIN_INTERVAL_S, Ui


class Broken(io.StringIO):
    """A pipe whose reader has left."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


class Ascii(io.StringIO):
    """A stream of an old locale."""

    def write(self, text: str) -> int:
        text.encode("ascii")
        return super().write(text)


@pytest.mark.parametrize(
    ("options", "shown"),
    [({}, "a\nwarning: c\n"), ({"quiet": True}, "warning: c\n"), ({"verbose": True}, "a\nb\nwarning: c\n")],
)
def test_how_much_is_said(options: dict[str, bool], shown: str) -> None:
    stream = io.StringIO()
    ui = Ui(stream=stream, **options)
    ui.info("a")
    ui.detail("b")
    ui.warn("c")
    assert stream.getvalue() == shown


def test_text_is_made_harmless_and_the_log_gets_every_line(tmp_path: Path) -> None:
    stream = io.StringIO()
    ui = Ui(quiet=True, stream=stream)
    with ui.logging_to(tmp_path / "log.txt"):
        ui.info("\x1b[31m")
        ui.detail("b")
    ui.info("not logged")
    lines = (tmp_path / "log.txt").read_text().splitlines()
    assert [line[20:] for line in lines] == [r"\x1b[31m", "b"]
    assert stream.getvalue() == ""


def test_a_stream_that_fails_or_knows_little_does_not_stop_the_work(tmp_path: Path) -> None:
    ui = Ui(stream=Broken())
    with ui.logging_to(tmp_path / "log.txt"), ui.progress("x", 1) as bar:
        ui.info("a")
        bar.advance_to(1)
    assert (tmp_path / "log.txt").read_text().endswith("a\n")
    stream = Ascii()
    Ui(stream=stream).info("café")
    assert stream.getvalue() == "caf\\xe9\n"


def test_off_a_terminal_progress_is_a_line_every_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    stream = io.StringIO()
    with Ui(stream=stream).progress("training", 100, "steps") as bar:
        for step in range(100):
            bar.advance_to(step, "loss 0.5")
            now[0] += 0.3
    lines = stream.getvalue().splitlines()
    assert len(lines) == int(30 / PLAIN_INTERVAL_S) - 1
    assert lines[0] == "training: 34 % (34 of 100 steps, 20 s left) loss 0.5"
    assert all("\x1b" not in line and "\r" not in line for line in lines)


@pytest.mark.parametrize(("total", "steps"), [(0, [0, 0]), (10, [3, 3]), (10, [5, 20])])
def test_odd_totals_are_no_crash(total: float, steps: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter(range(0, 1000, 50))
    monkeypatch.setattr(time, "monotonic", lambda: float(next(now)))
    stream = io.StringIO()
    with Ui(stream=stream).progress("x", total) as bar:
        for step in steps:
            bar.advance_to(step)
    assert ", -" not in stream.getvalue()


class Terminal(io.StringIO):
    """A terminal."""

    def isatty(self) -> bool:
        return True


def test_a_step_beyond_the_end_is_no_more_than_all(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 1.0, 100.0])
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    stream = io.StringIO()
    with Ui(stream=stream).progress("train", 4.0, "kimg") as bar:
        bar.advance_to(2.0)
        bar.advance_to(4.03)
    assert "train: 100 % (4 of 4 kimg" in stream.getvalue()


def test_a_terminal_shows_a_count_until_the_total_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    for total, shown, hidden in ((0, "7 records", "%"), (14, "50%", "records")):
        stream = Terminal()
        with Ui(stream=stream).progress("importing", 0, "records") as bar:
            if total:
                bar.expect(total)
            bar.advance_to(7)
        assert shown in stream.getvalue()
        assert hidden not in stream.getvalue()
