"""The parent's side of the worker processes: distribute chunks, preserve their order, survive crashes."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from multiprocessing.reduction import ForkingPickler
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from mmcli.core.errors import EnvironmentUnfitError
from mmcli.data.decoding.process import Task, Worker

if TYPE_CHECKING:
    from mmcli.data.decoding.chunks import Decoded, Verdict
    from mmcli.data.decoding.options import DecodingConfig
    from mmcli.data.layouts.base import RawRecord
    from mmcli.modalities.ingest import Ingest

_POLL_S = 0.5
_START_S = 0.15  # approximate CPU time to start a process and import the decoders
_MAX_STARTS = 3  # consecutive starts without a result
_CRASH = ("DECODER_CRASH", "the decoder crashed")


class DecoderPool:
    """Worker processes that decode chunks of records; use it as a context manager.

    `start` may be called early: the first worker imports its libraries while the parent determines
    what to decode, which `prepare` announces before the first `map`. Another worker is started when
    the remaining work would take the existing ones twice as long as starting it.

    Args:
        workers: Maximum number of processes.
        memory_bytes: Maximum address space per process.
        item_seconds: Maximum time per item.
    """

    def __init__(self, *, workers: int, memory_bytes: int, item_seconds: float) -> None:
        self._num_workers, self._memory_bytes, self._item_seconds = workers, memory_bytes, item_seconds
        self._workers: list[Worker] = []
        self._setup, self._names = b"", list[str]()
        self._ready_at, self._failed_starts = float("inf"), 0
        self._expected, self._answered = 0, 0  # chunks

    @classmethod
    def of(cls, config: DecodingConfig) -> Self:
        """Make a pool with the numbers and limits of a configuration."""
        workers = config.workers or len(os.sched_getaffinity(0))
        return cls(workers=workers, memory_bytes=config.decoder_memory_mb * 2**20, item_seconds=config.decoder_seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for worker in self._workers:
            worker.stop()
        self._workers.clear()

    def start(self) -> None:
        """Start a process; the first may be started before `prepare`.

        Raises:
            EnvironmentUnfitError: It cannot be started.
        """
        try:
            worker = Worker()
        except OSError as error:
            raise EnvironmentUnfitError(
                f"a decoding process cannot be started: {error.strerror}", "this machine", "close other programs"
            ) from None
        self._workers.append(worker)
        if self._setup:
            self._tell(worker)

    def prepare(self, ingests: Mapping[str, Ingest]) -> None:
        """Set the decoder of each field; it is sent in its current state, before it opens any file."""
        self._names = list(ingests)
        self._setup = bytes(ForkingPickler.dumps((dict(ingests), self._memory_bytes)))
        for worker in self._workers:
            self._tell(worker)

    def map(self, chunks: Iterable[Sequence[RawRecord]], expected: int = 0) -> Iterator[Decoded]:
        """Decode chunks; results keep the order of the chunks, and only a few are in flight.

        Args:
            chunks: Chunks of records.
            expected: Approximate number of chunks; an estimate that is too low does no harm.

        Raises:
            EnvironmentUnfitError: The processes cannot be started.
        """
        source = (Task(number, records) for number, records in enumerate(chunks))
        waiting: deque[Task] = deque()
        done: dict[int, Decoded] = {}
        next_number, exhausted, self._expected = 0, False, expected
        while True:
            self._hand_out(waiting)  # first, so that no worker is idle while the source is read
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

    def _hand_out(self, waiting: deque[Task]) -> None:
        for worker in self._workers:
            if waiting and worker.ready and worker.task is None:
                self._give(worker, waiting.popleft())
        if waiting and (not self._workers or (self._may_grow() and self._seconds_left() >= 2 * _START_S)):
            self.start()

    def _may_grow(self) -> bool:
        return len(self._workers) < self._num_workers and all(worker.ready for worker in self._workers)

    def _seconds_left(self) -> float:
        """Estimate how long the existing processes need for the rest, from their progress so far.

        If the total is unknown, as in an archive, as much as was done is assumed to remain.
        """
        passed_s = time.monotonic() - self._ready_at
        return passed_s * max(self._expected - self._answered, self._answered, 1) / max(self._answered, 1)

    def _tell(self, worker: Worker) -> None:
        with suppress(OSError):  # it died; detected when collecting
            worker.connection.send_bytes(self._setup)

    def _give(self, worker: Worker, task: Task) -> None:
        try:
            worker.begin(task)
        except OSError:
            worker.task = task  # it died; detected when collecting

    def _collect(self, waiting: deque[Task], done: dict[int, Decoded]) -> None:
        """Wait for a result, a death or a hang, and handle it."""
        watched = [worker for worker in self._workers if worker.task or not worker.ready]
        begin = time.monotonic()
        longest_s = min(_START_S if waiting and self._may_grow() else _POLL_S, self._item_seconds)
        answered: list[Any] = wait([worker.connection for worker in watched], timeout=longest_s)
        passed_s = min(time.monotonic() - begin, 2 * _POLL_S)
        for worker in watched:
            if worker.connection in answered:
                try:
                    answer = worker.connection.recv()
                except (EOFError, OSError):
                    self._replace(worker, _CRASH, waiting)
                    continue
                self._ready_at = min(self._ready_at, time.monotonic())
                if worker.task is not None:
                    done[worker.task.number], worker.task = answer, None
                    self._answered += 1
                    self._failed_starts = 0  # only now: a process may start well and die of every chunk
                worker.ready = True
            elif worker.task and worker.seconds_at_item(passed_s) > self._item_seconds and worker.at()[0] >= 0:
                self._replace(worker, ("DECODER_TIMEOUT", f"decoding takes longer than {self._item_seconds:g} s"), waiting)

    def _replace(self, worker: Worker, verdict: Verdict, waiting: deque[Task]) -> None:
        """Blame the item that the worker was processing, and give the rest of its chunk to another worker."""
        record, place, _ = worker.at()
        worker.stop()
        self._workers.remove(worker)
        if worker.task and record >= 0:
            worker.task.poisoned[record, self._names[place]] = verdict
        else:
            self._failed_starts += 1
            if self._failed_starts >= _MAX_STARTS:
                raise EnvironmentUnfitError(
                    "the decoding processes exit unexpectedly", "this machine", "run again with MMCLI_DEBUG=1 to see why"
                )
        if worker.task:
            waiting.appendleft(worker.task)
