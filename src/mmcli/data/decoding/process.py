"""A worker process as seen by its parent; lightweight, so that it can be started before anything heavy is imported."""

from __future__ import annotations

import mmap
import os
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from mmcli.data.decoding.state import IDLE, STATE

if TYPE_CHECKING:
    from mmcli.data.decoding.chunks import Verdict
    from mmcli.data.layouts.base import RawRecord


@dataclass
class Task:
    """A chunk, and the items in it that are known to break a worker."""

    number: int
    records: Sequence[RawRecord]
    poisoned: dict[tuple[int, str], Verdict] = field(default_factory=dict)


class Worker:
    """A process with its socket and the shared memory in which it reports its current item.

    Attributes:
        ready: Whether the process has reported that it accepts tasks.
        task: Current task.
    """

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        memory = os.memfd_create("mmcli-worker")
        os.ftruncate(memory, STATE.size)
        self.shared = mmap.mmap(memory, STATE.size)
        STATE.pack_into(self.shared, 0, *IDLE)
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        environment = {**os.environ, **threads, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        command = [sys.executable, "-m", "mmcli.data.decoding.worker", str(theirs.fileno()), str(memory)]
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # C libraries print warnings about corrupted files on stderr.
            stderr=None if os.environ.get("MMCLI_DEBUG") else subprocess.DEVNULL,
            pass_fds=(theirs.fileno(), memory),
            env=environment,
            start_new_session=True,
        )
        theirs.close()
        os.close(memory)
        self.connection = Connection(ours.detach())
        self.task: Task | None = None
        self.ready = False
        self._last_item: tuple[int, int, float] = IDLE
        self._watched_s = self._processor_s = 0.0

    def begin(self, task: Task) -> None:
        """Send a task."""
        self.task = task
        STATE.pack_into(self.shared, 0, -1, -1, time.monotonic())
        self.connection.send((task.records, task.poisoned))

    def at(self) -> tuple[int, int, float]:
        """Current record and field, and the time since when."""
        record, place, since = STATE.unpack_from(self.shared, 0)
        return int(record), int(place), float(since)

    def seconds_at_item(self, passed_s: float) -> float:
        """Time spent on the current item, after another `passed_s` seconds.

        Only time during which the parent watched counts, so that a sleeping machine or a stopped and
        continued run blames no item; for a runnable process only its CPU time counts, so that an
        overloaded machine does not either.
        """
        item, (runnable, processor_s) = self.at(), self._state()
        spent_s = min(passed_s, processor_s - self._processor_s) if runnable else passed_s
        self._watched_s = self._watched_s + spent_s if item == self._last_item else 0.0
        self._last_item, self._processor_s = item, processor_s
        return self._watched_s

    def _state(self) -> tuple[bool, float]:
        """Whether the process is runnable, and its CPU time (proc(5))."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            return fields[0] == "R", (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, ValueError, IndexError):
            return False, 0.0

    def stop(self) -> None:
        """Kill the process and release its resources."""
        self.connection.close()
        self.process.kill()
        self.process.wait()
        self.shared.close()
