"""The program as a Makefile names it: the one that runs now, which need not be on the path."""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

_NAME = "mmcli"


def words() -> list[str]:
    """The absolute path of the program that runs, or Python's with `-m mmcli` if it was started in another way."""
    started = Path(sys.argv[0] or ".").absolute()
    if started.name == _NAME and started.is_file() and os.access(started, os.X_OK):
        return [str(started)]
    return [sys.executable, "-m", _NAME]


def for_make() -> str:
    """The same for a variable of a Makefile whose value the shell runs."""
    return shlex.join(words()).replace("$", "$$").replace("#", r"\#")
