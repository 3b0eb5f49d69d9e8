"""Giving memory back between steps: a worker lives for weeks, and what one long recording took is not the next one's.

What CPython frees it reuses, and gives back only where a whole megabyte is free; the C library keeps it likewise.
"""

import ctypes
import gc
import sys

_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
M_ARENA_MAX = -8  # of glibc's malloc.h


def share_one_heap() -> None:
    """Call before there are threads: a heap for each of them would keep what the largest document took, in each."""
    mallopt = getattr(_LIBC, "mallopt", None)  # glibc has it, musl needs none
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)


def settle() -> None:
    """Call once all is loaded: what lives for good is not looked through again, which makes ``give_back`` cheap."""
    gc.collect()
    gc.freeze()


def give_back() -> None:
    """Return what is free to the system. Takes milliseconds."""
    gc.collect()
    trim = getattr(_LIBC, "malloc_trim", None)
    if trim is not None:
        trim(0)
