"""Speed of a trainer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from mmcli.training.trainer import Trainer

SPEED = ("items_per_s", "graph_share")


class Clock:
    """Measures items per second, and the fraction of time spent in graphs.

    The first call, which traces the graph, is excluded from both.
    """

    def __init__(self, trainer: Trainer) -> None:
        self._trainer = trainer
        self._calls, self._items, self._seconds = 0, 0, 0.0
        self.seconds = 0.0
        self.begin_anew()

    @contextmanager
    def running(self, items: int) -> Iterator[Clock]:
        """Measure one call; its `seconds` are available after the block."""
        begin = time.monotonic()
        yield self
        self.seconds = time.monotonic() - begin
        self._calls += 1
        if self._calls == 1:
            self.begin_anew()
        else:
            self._items += items
            self._seconds += self.seconds

    def begin_anew(self) -> None:
        """Start a new interval for the fraction of graph time."""
        self._wall, self._graph = time.monotonic(), self._trainer.graph_seconds

    def figures(self) -> dict[str, float]:
        """Entries of the log."""
        found = {"items_per_s": round(self._items / self._seconds, 1) if self._seconds else 0.0}
        wall, graph = time.monotonic() - self._wall, self._trainer.graph_seconds - self._graph
        return found | ({"graph_share": round(graph / wall, 4)} if graph > 0 and wall > 0 else {})
