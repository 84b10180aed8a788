"""The allocator of the C library, told to keep what is freed.

By default glibc gives arrays of more than 128 KiB back to the system when they are freed, and takes
pages anew for the next ones: for NumPy on blocks of rows that is half as much work again.
"""

import ctypes

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # malloc.h
_KEPT_BYTES = 256 * 2**20
_LARGEST_BYTES = 32 * 2**20  # what glibc takes at most


def keep_freed_memory() -> None:
    """Serve arrays from memory that this process has used before, where the C library can."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt:
        mallopt(_M_MMAP_THRESHOLD, _LARGEST_BYTES)
        mallopt(_M_TRIM_THRESHOLD, _KEPT_BYTES)
