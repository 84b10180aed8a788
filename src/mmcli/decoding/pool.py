"""The parent's side of the worker processes: hand out chunks, keep their order, survive crashes."""

from __future__ import annotations

import copy
import mmap
import os
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Self

from mmcli.decoding.chunks import Decoded, Verdict
from mmcli.decoding.worker import IDLE, STATE
from mmcli.errors import EnvironmentUnfitError
from mmcli.modalities.base import Ingest
from mmcli.sources.base import RawRecord

_POLL_S = 0.5
_MOST_STARTS = 3  # of one chunk by workers that die before they decode anything
_CRASH = ("DECODER_CRASH", "the decoder crashed on it")


@dataclass
class _Task:
    number: int
    records: Sequence[RawRecord]
    poisoned: dict[tuple[int, str], Verdict] = field(default_factory=dict)
    failed_starts: int = 0


class _Worker:
    """A process with its socket and the memory in which it says what it is at."""

    def __init__(self, ingests: Mapping[str, Ingest], memory_bytes: int) -> None:
        ours, theirs = socket.socketpair()
        memory = os.memfd_create("mmcli-worker")
        os.ftruncate(memory, STATE.size)
        self.shared = mmap.mmap(memory, STATE.size)
        STATE.pack_into(self.shared, 0, *IDLE)
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        environment = {**os.environ, **threads, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        command = [sys.executable, "-m", "mmcli.decoding.worker", str(theirs.fileno()), str(memory)]
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
        self.task: _Task | None = None
        self._last_item: tuple[int, int, float] = IDLE
        self._watched_s = 0.0
        self.connection.send((ingests, memory_bytes))

    def begin(self, task: _Task) -> None:
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
        stopped and continued, blames nobody.
        """
        item = self.at()
        self._watched_s = self._watched_s + passed_s if item == self._last_item else 0.0
        self._last_item = item
        return self._watched_s

    def stop(self) -> None:
        """Kill the process and free what it used."""
        self.connection.close()
        self.process.kill()
        self.process.wait()
        self.shared.close()


class DecoderPool:
    """Worker processes that decode chunks of records; use it as a context manager.

    Args:
        ingests: What reads each field; not opened yet.
        workers: How many processes.
        memory_bytes: Address space each may use.
        item_seconds: Longest time for one item.
    """

    def __init__(self, ingests: Mapping[str, Ingest], *, workers: int, memory_bytes: int, item_seconds: float) -> None:
        # Copied now, since open files cannot be sent.
        self._ingests, self._names = copy.deepcopy(dict(ingests)), list(ingests)
        self._num_workers, self._memory_bytes, self._item_seconds = workers, memory_bytes, item_seconds
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for worker in self._workers:
            worker.stop()
        self._workers.clear()

    def map(self, chunks: Iterable[Sequence[RawRecord]]) -> Iterator[Decoded]:
        """Decode chunks; results come in the order of the chunks, and few are ever in flight.

        Raises:
            EnvironmentUnfitError: The processes cannot be started.
        """
        source = (_Task(number, records) for number, records in enumerate(chunks))
        waiting: deque[_Task] = deque()
        done: dict[int, Decoded] = {}
        next_number, exhausted = 0, False
        while True:
            while not exhausted and len(waiting) + len(done) < 2 * self._num_workers:
                task = next(source, None)
                exhausted = task is None
                if task is not None:
                    waiting.append(task)
            self._hand_out(waiting)
            while next_number in done:
                yield done.pop(next_number)
                next_number += 1
                self._hand_out(waiting)
            if exhausted and not waiting and not any(worker.task for worker in self._workers) and not done:
                return
            self._collect(waiting, done)

    def _hand_out(self, waiting: deque[_Task]) -> None:
        for worker in self._workers:
            if waiting and worker.task is None:
                self._give(worker, waiting.popleft())
        while waiting and len(self._workers) < self._num_workers:
            worker = self._start()
            self._workers.append(worker)
            self._give(worker, waiting.popleft())

    def _start(self) -> _Worker:
        try:
            return _Worker(self._ingests, self._memory_bytes)
        except OSError as error:
            raise EnvironmentUnfitError(
                f"a decoding process cannot be started: {error.strerror}", "this machine", "close other programs"
            ) from None

    def _give(self, worker: _Worker, task: _Task) -> None:
        try:
            worker.begin(task)
        except OSError:
            worker.task = task  # it died; collecting notices

    def _collect(self, waiting: deque[_Task], done: dict[int, Decoded]) -> None:
        """Wait for a result, a death or a hang, and deal with it."""
        busy = [worker for worker in self._workers if worker.task]
        begin = time.monotonic()
        ready: list[Any] = wait([worker.connection for worker in busy], timeout=min(_POLL_S, self._item_seconds))
        passed_s = min(time.monotonic() - begin, 2 * _POLL_S)
        for worker in busy:
            task = worker.task
            if task is None:
                continue
            if worker.connection in ready:
                try:
                    done[task.number] = worker.connection.recv()
                    worker.task = None
                except (EOFError, OSError):
                    self._replace(worker, task, _CRASH, waiting)
            elif worker.seconds_at_item(passed_s) > self._item_seconds and worker.at()[0] >= 0:
                self._replace(worker, task, ("DECODER_TIMEOUT", f"decoding it takes longer than {self._item_seconds:g} s"), waiting)

    def _replace(self, worker: _Worker, task: _Task, verdict: Verdict, waiting: deque[_Task]) -> None:
        """Blame the item that the worker was at, and give the rest of its chunk to another one."""
        record, place, _ = worker.at()
        worker.stop()
        self._workers.remove(worker)
        if record >= 0:
            task.poisoned[record, self._names[place]] = verdict
        else:
            task.failed_starts += 1
            if task.failed_starts >= _MOST_STARTS:
                raise EnvironmentUnfitError(
                    "the decoding processes end by themselves", "this machine", "run again with MMCLI_DEBUG=1 to see why"
                )
        waiting.appendleft(task)
