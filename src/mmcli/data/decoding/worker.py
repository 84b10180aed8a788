"""The worker process: ``python -m mmcli.data.decoding.worker SOCKET MEMORY``, started by `pool`.

It keeps no file of the run open, obeys a memory limit, dies with its parent, and reports its current
item in shared memory, so that the parent knows which item to blame when it crashes or hangs.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import resource
import signal
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

from mmcli.core.allocator import keep_freed_memory
from mmcli.data.decoding.chunks import decode_chunk
from mmcli.data.decoding.state import STATE

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Serve chunks until the parent closes the socket."""
    connection, shared = Connection(int(sys.argv[1])), mmap.mmap(int(sys.argv[2]), STATE.size)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_freed_memory()

    def announce(record: int, place: int) -> None:
        STATE.pack_into(shared, 0, record, place, time.monotonic())

    try:
        before = _mapped_bytes()
        ingests, memory_bytes = connection.recv()  # with the libraries that they load, which are not items' memory
        _limit_memory(memory_bytes + _mapped_bytes() - before)
        connection.send(None)  # ready
        while True:
            records, poisoned = connection.recv()
            connection.send(decode_chunk(records, ingests, poisoned, announce))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(0)


def _mapped_bytes() -> int:
    """Address space of this process (proc(5))."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()


def _limit_memory(limit_bytes: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    ceiling = limit_bytes if hard == resource.RLIM_INFINITY else min(limit_bytes, hard)
    resource.setrlimit(resource.RLIMIT_AS, (ceiling, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
