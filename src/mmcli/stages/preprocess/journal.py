"""Progress of a run of `preprocess`, so that a killed run resumes where it stopped."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mmcli.artifacts import jsonio

INTERVAL_S = 5.0


class Journal:
    """Writes the state of a run at most every few seconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._last = time.monotonic()

    def read(self) -> dict[str, Any] | None:
        """State of an earlier run, or `None`."""
        try:
            state: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return state

    def offer(self, state: Callable[[], dict[str, Any]]) -> None:
        """Write the state if the interval has passed."""
        if time.monotonic() - self._last >= INTERVAL_S:
            self.write(state())

    def write(self, state: dict[str, Any]) -> None:
        """Write the state; everything that it counts must already be on disk."""
        jsonio.write(self._path, state)
        self._last = time.monotonic()
