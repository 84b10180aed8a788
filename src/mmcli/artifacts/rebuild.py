"""The command that rebuilds an artifact, derived from its manifest, whatever its schema."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any

from mmcli.core.display import visible

# Kind of artifact -> the command that writes it and the number of leading inputs that are arguments.
_COMMANDS = {
    "dataset": ("preprocess", 1),
    "embeddings": ("embed", 1),
    "fused": ("fuse", 1),
    "gan": ("train-gan", 2),
    "samples": ("generate", 1),
    "scores": ("evaluate", 2),
    "similarity": ("similarity", 1),
    "classification": ("classify", 1),
}
_AGAIN = "rerun the stage that made it"


def rebuild_command(folder: Path, body: dict[str, Any]) -> str:
    """Command that rebuilds an artifact.

    Args:
        folder: The artifact.
        body: Its manifest, of any schema and possibly corrupted.
    """
    kind, inputs = body.get("kind"), body.get("inputs")
    if not isinstance(kind, str) or kind not in _COMMANDS or not isinstance(inputs, list):
        return _AGAIN
    command, count = _COMMANDS[kind]
    paths = [ref.get("path") for ref in inputs[:count] if isinstance(ref, dict)]
    named = [os.path.normpath(folder.parent / path) for path in paths if isinstance(path, str) and path]
    if len(named) < count:
        return _AGAIN
    return f"mmcli {command} {' '.join(shlex.quote(visible(path)) for path in named)} -o {shlex.quote(visible(folder))}"
