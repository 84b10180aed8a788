"""The result on stdout, errors on stderr."""

from __future__ import annotations

import os
import shlex
import sys
import traceback
from pathlib import Path
from typing import Any

from mmcli.artifacts import jsonio
from mmcli.display import visible
from mmcli.errors import MmcliError


def print_error(error: MmcliError) -> int:
    """Print the three lines of an error and return its exit code."""
    if os.environ.get("MMCLI_DEBUG"):
        traceback.print_exception(error)
    lines = [("error", error.what), ("where", error.where), ("fix", error.fix)]
    for word, text in lines:
        if text:
            _print(f"{word}: {visible(text, 2000)}", sys.stderr)
    return error.exit_code


def print_result(path: Path, body: dict[str, Any], *, as_json: bool) -> None:
    """Print one JSON object, or the artifact's path."""
    if as_json:
        _print(jsonio.dumps({"path": str(path), **body}), sys.stdout)
    else:
        _print(visible(path, 4000), sys.stdout)


def print_line(text: str = "") -> None:
    """Print one line of a result on stdout; hidden characters are shown, line by line."""
    _print(visible(text, 4000), sys.stdout)


def quoted(*words: object) -> str:
    """A command line that can be pasted into a shell."""
    return shlex.join(str(word) for word in words)


def _print(text: str, stream: Any) -> None:
    try:
        print(text, file=stream, flush=True)
    except UnicodeEncodeError:
        print(text.encode("ascii", "backslashreplace").decode(), file=stream, flush=True)
