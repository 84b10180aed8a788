"""Let a training loop end in good order when the user or the system asks it to stop."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from mmcli.core.errors import InterruptedRunError

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupt:
    """Inside the `with` block a first SIGINT or SIGTERM only sets `requested`; a second one stops at once.

    Outside the main thread signals cannot be caught, and nothing changes.

    Example:
        >>> with Interrupt() as interrupt:
        ...     while training:
        ...         step()
        ...         if interrupt.requested:
        ...             save()
        ...             interrupt.check(folder)
    """

    def __init__(self) -> None:
        self.requested: int | None = None
        self._previous: dict[signal.Signals, Any] = {}

    def check(self, where: str) -> None:
        """Call after the state is saved.

        Raises:
            InterruptedRunError: A signal has come.
        """
        if self.requested is not None:
            raise InterruptedRunError(self.requested, where)

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            # One that the process was told to ignore, as a job in the background is, stays ignored.
            caught = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
            self._previous = {number: signal.signal(number, self._on_signal) for number in caught}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._previous.items():
            # None stands for a handler that was not installed from Python and cannot be put back.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._previous = {}

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.requested is None:
            self.requested = number
            return
        for known in SIGNALS:
            signal.signal(known, signal.SIG_DFL)  # a third one ends even a process that hangs in native code
        raise SystemExit(128 + number)  # no library swallows it, unlike an Exception
