"""One framework's trainer in a process of its own, told over a pipe to train for so many seconds.

Two processes take turns, so that neither's threads are there while the other is measured.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any


class Worker:
    """The other end of the pipe.

    Args:
        script: The program, which calls `serve` for the arguments `worker KIND OPTIONS`.
        kind: `ours` or `twin`.
        options: What the trainer is made from.

    Attributes:
        names: The settings that it can be asked for.
    """

    def __init__(self, script: Path, kind: str, options: dict[str, Any]) -> None:
        command = [sys.executable, str(script), "worker", kind, json.dumps(options)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.names: list[str] = self._read()

    def _read(self) -> Any:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            sys.exit(f"a worker ended with code {self._process.wait()}")
        return json.loads(line)

    def run(self, name: str, seconds: float) -> tuple[float, float]:
        """Train; the speed, and the share of host time."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps([name, seconds]) + "\n")
        self._process.stdin.flush()
        rate, host = self._read()
        return rate, host

    def close(self) -> float:
        """End it; its peak memory in MB."""
        assert self._process.stdin
        self._process.stdin.close()
        peak = float(self._read())
        self._process.wait()
        return peak


def serve(trainer: Any) -> None:
    """Be a worker until the pipe closes."""
    print(json.dumps(trainer.names), flush=True)
    for line in sys.stdin:
        print(json.dumps(trainer(*json.loads(line))), flush=True)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)
