"""End the program on Ctrl-C or SIGTERM, at any moment, without an exception.

An exception raised by a signal is lost inside libraries that catch everything, and in destructors; while modules
are imported and at exit it becomes a traceback. Nothing needs it: what a killed stage leaves is what the next run
resumes from or clears. Training loops, which first save their state, replace the handlers for their duration.

This module is loaded before all others, so it imports only what every Python process has loaded already: `signal`
would import `enum`.
"""

import _signal  # type: ignore[import-not-found]  # the built-in part of `signal`
import os

SIGNALS = (_signal.SIGINT, _signal.SIGTERM)

# The command that is running, in the message; empty once it has ended.
_command = "mmcli"
# What restores the terminal, in front of the message.
_restore = b""


def install() -> None:
    """Let the two signals end the program, unless they are ignored, as by `nohup` or in background jobs."""
    for number in SIGNALS:
        if _signal.getsignal(number) is not _signal.SIG_IGN:
            _signal.signal(number, _end)


def running(command: str) -> None:
    """Set the command to name in the message; with an empty one, nothing is said."""
    global _command  # noqa: PLW0603 - a handler takes no arguments
    _command = command


def restoring(sequence: bytes) -> None:
    """Set the bytes that restore the terminal on stderr; empty for none."""
    global _restore  # noqa: PLW0603 - as above
    _restore = sequence


def _end(number: int, frame: object) -> None:
    number = int(number)
    if _command:
        text = f"error: interrupted by signal {number}\nwhere: {_command}\nfix: run the same command again\n"
        try:  # noqa: SIM105 - `contextlib` is not loaded yet
            os.write(2, _restore + text.encode())
        except OSError:
            pass  # closed or full
    os._exit(128 + number)
