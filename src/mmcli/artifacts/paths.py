"""Checks on output paths."""

from __future__ import annotations

import os
from pathlib import Path

from mmcli.core.display import visible
from mmcli.core.errors import UsageError

ELSEWHERE = "choose another output folder with -o"


def absolute(path: Path) -> Path:
    """Resolve the parent of a path, so that siblings can be named; the last component may be a link.

    Raises:
        UsageError: The path is the root of the file system.
    """
    path = path.absolute()
    real = Path(os.path.realpath(path if path.name == ".." else path.parent)) / (path.name if path.name != ".." else "")
    if not real.name:
        raise UsageError("the output cannot be the root folder", visible(path), ELSEWHERE)
    return real


def check_nesting(out: Path, source: Path, name: str, *, inside: bool = False) -> None:
    """Refuse an output that is, contains, or is inside an input.

    Args:
        out: The output.
        source: The input.
        name: Name of the input in the message.
        inside: Allow the output to be inside the input.

    Raises:
        UsageError: See above.
    """
    target, real = Path(os.path.realpath(out)), Path(os.path.realpath(source))
    if target == real:
        what = f"the output folder is the input {name} itself"
    elif target.is_relative_to(real) and not inside:
        what = f"the output folder is inside the input {name}"
    elif real.is_relative_to(target):
        what = f"the output folder contains the input {name}"
    else:
        return
    raise UsageError(what, visible(out), ELSEWHERE)
