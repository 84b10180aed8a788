"""Let a training loop stop cleanly on SIGINT or SIGTERM."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

from mmcli.core.errors import InterruptedRunError

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupt:
    """Inside the `with` block the first SIGINT or SIGTERM only sets `requested`; the second one acts as it did before the block.

    Outside the main thread signals cannot be caught, and it has no effect.

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
            InterruptedRunError: A signal was received.
        """
        if self.requested is not None:
            raise InterruptedRunError(self.requested, where)

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            # Signals that the process ignores, such as in background jobs, stay ignored.
            caught = [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
            self._previous = {number: signal.signal(number, self._on_signal) for number in caught}
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._previous.items():
            # None means a handler that was not installed from Python and cannot be restored.
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        self._previous = {}

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.requested is None:
            self.requested = number
            return
        self._restore()
        signal.raise_signal(number)
