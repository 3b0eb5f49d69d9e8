"""Calls of the Linux kernel that Python has no function for."""

import ctypes
import os
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
LINUX = sys.platform == "linux"
MACHINE = os.uname().machine if LINUX and sys.maxsize > 2**32 else ""


def prctl(option: int, *arguments: object) -> int:
    """``prctl(2)``. Raises OSError."""
    padded = [a if a is not None else 0 for a in arguments] + [0] * (4 - len(arguments))
    words = [ctypes.c_ulong(a) if isinstance(a, int) else a for a in padded]
    return checked(LIBC.prctl(option, *words), f"prctl {option}")


def syscall(number: int, *arguments: object) -> int:
    """A system call by number; integers are passed as longs. Raises OSError."""
    words = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return checked(LIBC.syscall(ctypes.c_long(number), *words), f"system call {number}")


def checked(result: int, what: str) -> int:
    """``result``, or the OSError of the call's errno where it is negative."""
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{what}: {os.strerror(code)}")
    return result
