"""Messages of a running stage: lines and progress on stderr, and in the artifact's log.

stdout is reserved for the result. On a terminal progress is a bar with the time left; elsewhere it
is a plain line every ten seconds.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from mmcli.core import interruption
from mmcli.core.display import visible
from mmcli.core.ledger import Ledger

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PLAIN_INTERVAL_S = 10.0
_SHOW_CURSOR = b"\x1b[?25h\n"  # a bar hides it


class Ui:
    """Writes messages to stderr.

    Args:
        quiet: Show only warnings and errors.
        verbose: Also show details.
        silent: Show nothing.

    Attributes:
        warnings: All warnings so far.
        ledger: What the stage read, left out and changed.
    """

    def __init__(self, *, quiet: bool = False, verbose: bool = False, silent: bool = False, stream: TextIO | None = None) -> None:
        self.quiet = quiet or silent
        self.silent = silent
        self.warnings: list[str] = []
        self.ledger = Ledger()
        self.verbose = verbose
        self._stream = stream
        self._log: TextIO | None = None

    @property
    def stream(self) -> TextIO:
        """Output stream; looked up late so that redirection works."""
        return self._stream or sys.stderr

    def _has_terminal(self) -> bool:
        return self.stream.isatty() and os.environ.get("TERM") != "dumb"

    def info(self, text: str) -> None:
        """Report what is happening."""
        self._write(text, show=not self.quiet)

    def detail(self, text: str) -> None:
        """Report details, with ``--verbose``."""
        self._write(text, show=self.verbose)

    def warn(self, text: str) -> None:
        """Warn the user; shown even when quiet."""
        self.warnings.append(text)
        self._write(f"warning: {text}", show=not self.silent)

    @contextmanager
    def logging_to(self, path: Path) -> Iterator[None]:
        """Also append every line to a log file."""
        with path.open("a", encoding="utf-8") as handle:
            self._log = handle
            try:
                yield
            finally:
                self._log = None

    @contextmanager
    def progress(self, label: str, total: float, unit: str = "items") -> Iterator[Bar]:
        """Show progress towards `total`, counted in `unit`; 0 means that the total is unknown."""
        if self.quiet or not self._has_terminal():
            yield Bar(self, label, total, unit)
            return
        from rich.console import Console
        from rich.progress import Progress

        from mmcli.core.columns import columns

        console = Console(file=self.stream, markup=False)
        interruption.restoring(_SHOW_CURSOR)
        try:
            with Progress(*columns(console.width), console=console, transient=True) as progress:
                task = progress.add_task(visible(label), total=total or None, note="")
                yield Bar(self, label, total, unit, progress, task)
        finally:
            interruption.restoring(b"")

    def _write(self, text: str, *, show: bool) -> None:
        line = visible(text, 2000)
        if show:
            self._show(line)
        if self._log:
            print(time.strftime("%Y-%m-%d %H:%M:%S ") + line, file=self._log, flush=True)

    def _show(self, line: str) -> None:
        with suppress(BrokenPipeError):  # the reader is gone; the work continues
            try:
                print(line, file=self.stream, flush=True)
            except UnicodeEncodeError:
                print(line.encode("ascii", "backslashreplace").decode(), file=self.stream, flush=True)


class Bar:
    """Progress of one loop; `advance_to` may be called any number of times."""

    def __init__(self, ui: Ui, label: str, total: float, unit: str, progress: Progress | None = None, task: TaskID | None = None) -> None:
        self._ui, self._label, self._total, self._unit = ui, label, total, unit
        self._progress, self._task = progress, task
        self._begin = self._last = time.monotonic()
        self._first: float | None = None

    def expect(self, total: float) -> None:
        """Set the total once it is known."""
        self._total = total
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, total=total or None)

    def advance_to(self, done: float, note: str = "") -> None:
        """Report that `done` of the total is finished; `note` is a short value such as a loss."""
        if self._progress is not None and self._task is not None:
            shown = note if self._total else f"{done:,.0f} {self._unit} {note}"
            self._progress.update(self._task, completed=done, note=visible(shown))
            return
        now = time.monotonic()
        if self._first is None:
            self._first, self._begin = done, now
        if now - self._last >= PLAIN_INTERVAL_S:
            self._last = now
            self._ui.info(self._line(done, now - self._begin, note))

    def _line(self, done: float, elapsed_s: float, note: str) -> str:
        if not self._total:
            return f"{self._label}: {done:,.0f} {self._unit} {note}".rstrip()
        worked = done - (self._first or 0.0)
        left = f", {max(0.0, elapsed_s * (self._total - done) / worked):.0f} s left" if worked > 0 else ""
        share = f"{min(100.0, 100 * done / self._total):.0f} %"  # the last step may overshoot
        return f"{self._label}: {share} ({done:,.0f} of {self._total:,.0f} {self._unit}{left}) {note}".rstrip()
