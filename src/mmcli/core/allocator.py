"""Configure the allocator of the C library to keep freed memory.

By default glibc returns arrays of more than 128 KiB to the system when they are freed, and maps new
pages for the next ones: for NumPy on blocks of rows that costs 50 % more time.
"""

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_KEPT_BYTES = 256 * 2**20
_LARGEST_BYTES = 32 * 2**20  # glibc's maximum


def keep_freed_memory() -> None:
    """Serve arrays from memory that this process has used before, if the C library supports it."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
