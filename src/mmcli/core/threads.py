"""Work in threads of this process."""

from __future__ import annotations

import importlib
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

ResultT = TypeVar("ResultT")


def import_ahead(module: str) -> None:
    """Import modules in the background that will be needed later."""
    threading.Thread(target=importlib.import_module, args=(module,), daemon=True).start()


def in_threads(function: Callable[[int], ResultT], starts: Iterable[int]) -> Iterator[ResultT]:
    """Results of NumPy work on blocks, in order; NumPy releases the GIL, and only a few blocks are computed ahead."""
    workers = len(os.sched_getaffinity(0))
    waiting: deque[Future[ResultT]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        for start in starts:
            waiting.append(pool.submit(function, start))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
