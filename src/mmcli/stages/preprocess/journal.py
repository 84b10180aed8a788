"""How far a run of `preprocess` has come, so that a killed one goes on where it was."""

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
        """State that an earlier run left, or `None`."""
        try:
            state: dict[str, Any] = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return state

    def offer(self, state: Callable[[], dict[str, Any]]) -> None:
        """Write the state if it is time to."""
        if time.monotonic() - self._last >= INTERVAL_S:
            self.write(state())

    def write(self, state: dict[str, Any]) -> None:
        """Write the state; everything that it counts is on disk by now."""
        jsonio.write(self._path, state)
        self._last = time.monotonic()
