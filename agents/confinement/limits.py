"""Resource limits of the process and of each program it starts (``setrlimit(2)``)."""

import resource
from pathlib import Path

ADDRESS_SPACE_PER_MEMORY = 2
"""Address space is reserved generously and mostly stays empty: speech models and thread arenas do so."""


def apply(*, memory_bytes: int, file_bytes: int, cpu_s: int, open_files: int, new_threads: int) -> None:
    """Set the limits that are not 0, and never a core dump: it could hold what a lecture shows. Raises OSError.

    Memory counts per process: private data, and twice as much of address space, which bounds shared memory too.
    """
    _set(resource.RLIMIT_CORE, 0)
    if memory_bytes:
        _set(resource.RLIMIT_DATA, memory_bytes)
        _set(resource.RLIMIT_AS, memory_bytes * ADDRESS_SPACE_PER_MEMORY)
    if file_bytes:
        _set(resource.RLIMIT_FSIZE, file_bytes)
    if cpu_s:
        _set(resource.RLIMIT_CPU, cpu_s)
    if open_files:
        _set(resource.RLIMIT_NOFILE, open_files)
    if new_threads and (running := threads_of_the_machine()):
        _set(resource.RLIMIT_NPROC, running + new_threads)


def threads_of_the_machine() -> int:
    """All threads there are, of every user; 0 where that is not told. The kernel counts NPROC per user."""
    try:
        return int(Path("/proc/loadavg").read_text("ascii").split()[3].partition("/")[2])
    except (OSError, ValueError, IndexError):
        return 0


def _set(kind: int, amount: int) -> None:
    _soft, hard = resource.getrlimit(kind)
    allowed = amount if hard == resource.RLIM_INFINITY else min(amount, hard)
    resource.setrlimit(kind, (allowed, allowed))
