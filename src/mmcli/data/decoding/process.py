"""A worker process as its parent sees it; light, so that one can be started before anything heavy is imported."""

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
    """A chunk, and what is known of the items in it that broke a worker."""

    number: int
    records: Sequence[RawRecord]
    poisoned: dict[tuple[int, str], Verdict] = field(default_factory=dict)


class Worker:
    """A process with its socket and the memory in which it says what it is at.

    Attributes:
        ready: It has said that it is, and takes tasks.
        task: What it is at.
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
            # Libraries of C print on stderr whatever they think of a broken file.
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
        """Record and field it is at, and since when."""
        record, place, since = STATE.unpack_from(self.shared, 0)
        return int(record), int(place), float(since)

    def seconds_at_item(self, passed_s: float) -> float:
        """How long it has been seen at one item, after another `passed_s`.

        Only time in which the parent watched counts, so that a machine that sleeps, or a run that is
        stopped and continued, blames nobody; and of a process that wants to run, only the time in
        which it did, so that a crowded machine does not either.
        """
        item, (runnable, processor_s) = self.at(), self._state()
        spent_s = min(passed_s, processor_s - self._processor_s) if runnable else passed_s
        self._watched_s = self._watched_s + spent_s if item == self._last_item else 0.0
        self._last_item, self._processor_s = item, processor_s
        return self._watched_s

    def _state(self) -> tuple[bool, float]:
        """Whether it runs or waits for a processor, and the processor time that it has had (proc(5))."""
        try:
            fields = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            return fields[0] == "R", (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, ValueError, IndexError):
            return False, 0.0

    def stop(self) -> None:
        """Kill the process and free what it used."""
        self.connection.close()
        self.process.kill()
        self.process.wait()
        self.shared.close()
