"""What processes weigh: the sum of proportional set sizes, in which memory that several of them share counts once."""

import threading
from contextlib import suppress

import psutil

EVERY_S = 0.1  # what a child takes for less is missed; a weighing of twenty processes costs 5 ms
MIB = 1024 * 1024


class Scale(threading.Thread):
    """Weighs, from ``start()`` to ``stop()``, a process with all below it, or (without ``pid``) all below this one."""

    def __init__(self, pid: int | None = None) -> None:
        super().__init__(daemon=True)
        self._root = psutil.Process(pid)
        self._with_root = pid is not None
        self._done = threading.Event()
        self._peak_bytes = 0

    def run(self) -> None:
        while not self._done.wait(EVERY_S):
            self._peak_bytes = max(self._peak_bytes, self._weigh())

    def stop(self) -> int:
        """The largest sum that was seen, in bytes."""
        self._done.set()
        self.join()
        return self._peak_bytes

    def _weigh(self) -> int:
        total, processes = 0, [self._root] if self._with_root else []
        with suppress(psutil.Error):
            processes += self._root.children(recursive=True)
        for process in processes:
            with suppress(psutil.Error):  # it has ended
                total += process.memory_full_info().pss
        return total
