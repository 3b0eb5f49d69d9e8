"""Ringing without waiting: a broker that is frozen costs a caller less than a second, and the next one nothing.

The drivers' own limits add up to many seconds, and each caller would hold a thread for as long. So one thread sends for
all, a caller waits for it a moment, and while the broker is silent nobody waits.
"""

import logging
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from app.core.breaker import Breaker

WITHIN_S = 0.8
IDLE_S = 5.0
log = logging.getLogger(__name__)


class _Ring:
    """One message on its way. ``sent`` is None until it is known."""

    def __init__(self, send: Callable[[], object], name: str) -> None:
        self.send, self.name = send, name
        self.sent: bool | None = None
        self.done = threading.Event()
        self.given_up = False


class Bell:
    """Belongs to one connection to a broker. Its thread ends when there has been nothing to do for a while."""

    def __init__(self) -> None:
        self._queue: SimpleQueue[_Ring] = SimpleQueue()
        self._breaker = Breaker()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ring(self, send: Callable[[], object], name: str) -> bool:
        """Whether ``send`` returned within 0.8 s. ``name`` is what the log calls it. Raises nothing."""
        if not self._breaker.admit():
            return False
        wanted = _Ring(send, name)
        with self._lock:
            self._queue.put(wanted)
            if self._thread is None:
                self._thread = threading.Thread(target=self._send_all, name="bell", daemon=True)
                self._thread.start()
        if wanted.done.wait(WITHIN_S) and wanted.sent:
            self._breaker.worked()
            return True
        wanted.given_up = True
        self._breaker.failed()
        log.warning("the broker does not take messages: job %s waits for the reaper", name)
        return False

    def _send_all(self) -> None:
        while True:
            try:
                wanted = self._queue.get(timeout=IDLE_S)
            except Empty:
                with self._lock:
                    if self._queue.empty():
                        self._thread = None
                        return
                continue
            if not wanted.given_up:  # nobody waits for it: the reaper will ring, and this thread is needed
                wanted.sent = _sent(wanted)
            wanted.done.set()


def _sent(wanted: _Ring) -> bool:
    try:
        wanted.send()
    except Exception as error:  # the job is committed: no fault of a broker or its driver may undo the answer
        log.info("the ring for job %s was not sent: %s", wanted.name, type(error).__name__)
        return False
    return True
