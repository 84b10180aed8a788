"""Errors that a user can act on: what happened, where, and how to fix it.

Each class carries the exit code of the command; `MmcliError` itself is never
raised. Anything else that escapes a command is a bug in mmcli (exit code 1).
"""

from __future__ import annotations


class MmcliError(Exception):
    """Base class: an error with a description, a location and a fix.

    Args:
        what: One plain sentence, without a final full stop.
        where: The file, record or option concerned.
        fix: The command or change that fixes it.
    """

    exit_code = 1

    def __init__(self, what: str, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix


class UsageError(MmcliError):
    """Invalid option, argument or configuration key."""

    exit_code = 2


class InputError(MmcliError):
    """The input cannot be used: it is missing or empty, or too much of it is unusable."""

    exit_code = 3


class EnvironmentUnfitError(MmcliError):
    """The machine is unfit: a missing package, memory, disk space, or a lock held by another run."""

    exit_code = 4


class IntegrityError(MmcliError):
    """An artifact is corrupted, or does not match the one it is used with."""

    exit_code = 5


class SafetyError(MmcliError):
    """Refused, because reading it could harm the user."""

    exit_code = 6


class BelowBarError(MmcliError):
    """A score misses its threshold, or training diverged."""

    exit_code = 7


class InterruptedRunError(MmcliError):
    """Stopped by a signal; the same command resumes, or starts over if nothing was saved."""

    def __init__(self, signal_number: int, where: str, *, saved: bool = True) -> None:
        state = "; the state is saved" if saved else ""
        fix = "run the same command again to resume" if saved else "run the same command again"
        super().__init__(f"interrupted by signal {int(signal_number)}{state}", where, fix)
        self.exit_code = 128 + int(signal_number)
