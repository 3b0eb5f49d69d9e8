"""Counts a child's processes and threads: the kernel's own limit does not bind root, and counts per user."""

from contextlib import suppress
from pathlib import Path

from agents.confinement.limits import threads_of_the_machine
from pipeline.sandbox.confined import NEW_THREADS

LOOK_CLOSER_AT = NEW_THREADS // 2


class Crowd:
    """One read of the machine's own count tells that nothing grew; only then are the group's members counted."""

    def __init__(self, group_id: int) -> None:
        self._group_id = group_id
        self._calm = threads_of_the_machine()

    def is_too_large(self) -> bool:
        """Whether the process group has more than ``NEW_THREADS`` threads. Cheap enough for 20 calls a second."""
        now = threads_of_the_machine()
        if now - self._calm <= LOOK_CLOSER_AT:
            return False
        threads = threads_of_group(self._group_id)
        if threads <= LOOK_CLOSER_AT:
            self._calm = now  # others grew
        return threads > NEW_THREADS


def threads_of_group(group_id: int) -> int:
    """Threads of all processes of a group."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError, IndexError):
            after_name = (folder / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
            if int(after_name[2]) == group_id:
                total += int(after_name[17])
    return total
