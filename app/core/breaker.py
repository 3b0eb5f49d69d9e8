"""A circuit breaker: while a part is down, one caller at a time finds out, and the others are told at once.

Without it each request of a burst would wait out the whole timeout, and hold a thread for as long.
"""

import threading
import time

PROBE_WITHIN_S = 10.0
"""A probe that was never heard of again holds nobody up for longer than this."""


class Breaker:
    """Closed until ``failed``; then open for ``open_s`` seconds; then each second one caller may try.

    ``admit`` before the call, ``worked`` or ``failed`` after it. Any thread.
    """

    def __init__(self, *, open_s: float = 1.0) -> None:
        self._open_s = open_s
        self._lock = threading.Lock()
        self._open = False
        self._until_s = 0.0
        self._prober: int | None = None

    @property
    def open(self) -> bool:
        """Whether the last that was heard is a failure."""
        return self._open

    def admit(self) -> bool:
        """Whether the caller may try. The thread that may is the probe until it tells how it went."""
        if not self._open:
            return True
        me, now_s = threading.get_ident(), time.monotonic()
        with self._lock:
            if not self._open or self._prober == me:
                return True
            if now_s < self._until_s:
                return False
            self._prober, self._until_s = me, now_s + PROBE_WITHIN_S
            return True

    def worked(self) -> None:
        """It answered: everybody may call again."""
        if self._open:
            with self._lock:
                self._open, self._prober = False, None

    def failed(self) -> None:
        """It did not answer."""
        with self._lock:
            self._open, self._prober, self._until_s = True, None, time.monotonic() + self._open_s
