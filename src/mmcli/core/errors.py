"""Errors that a user can act on: what happened, where, and the change that mends it.

Each class carries the exit code that the command line ends with; `MmcliError` itself is never
raised. Anything else that escapes a command is a bug in mmcli (exit code 1).
"""

from __future__ import annotations


class MmcliError(Exception):
    """A problem with a sentence, a place and a repair.

    Args:
        what: One sentence in plain words, without a final full stop.
        where: The file, record or option that it is about.
        fix: The command or change that mends it.
    """

    exit_code = 1

    def __init__(self, what: str, where: str = "", fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.fix = fix


class UsageError(MmcliError):
    """A wrong option, argument or configuration key."""

    exit_code = 2


class InputError(MmcliError):
    """The input cannot be used: missing, empty, or too much of it is unusable."""

    exit_code = 3


class EnvironmentUnfitError(MmcliError):
    """The machine cannot do it: a package, memory, disk, or a lock held by another run."""

    exit_code = 4


class IntegrityError(MmcliError):
    """An artifact is damaged, or does not fit the one it is used with."""

    exit_code = 5


class SafetyError(MmcliError):
    """Refused, because reading it could harm the user."""

    exit_code = 6


class BelowBarError(MmcliError):
    """A score is below the bar that was asked for, or training diverged."""

    exit_code = 7


class InterruptedRunError(MmcliError):
    """Stopped by a signal; the same command goes on, or starts anew where nothing was saved."""

    def __init__(self, signal_number: int, where: str, *, saved: bool = True) -> None:
        state = "; the state is saved" if saved else ""
        fix = "run the same command again to go on" if saved else "run the same command again"
        super().__init__(f"interrupted by signal {int(signal_number)}{state}", where, fix)
        self.exit_code = 128 + int(signal_number)
