"""How long one call waits for things: for each single one, for all of them, and not at all once it is stopped."""

import threading
import time

from pipeline.egress.errors import EgressStopped, EgressTimedOut

SLICE_S = 0.25
"""Longest wait that does not look at the stop event."""


class Patience:
    """Waiting is cut into slices. Each loop asks ``slice_s`` for its next one, which raises when waiting is over."""

    def __init__(self, *, timeout_s: float, deadline_s: float, stop: threading.Event | None = None) -> None:
        self.timeout_s = timeout_s
        self._ends_at = time.monotonic() + deadline_s
        self._phase_ends_at = self._ends_at
        self._stop = stop

    def begin_phase(self, limit_s: float | None) -> None:
        """Bound what follows together by ``limit_s``, beside the deadline; None lifts the bound."""
        self._phase_ends_at = self._ends_at if limit_s is None else min(self._ends_at, time.monotonic() + limit_s)

    def wait_ends_at(self) -> float:
        """When the next single wait, begun now, is over, as ``time.monotonic``."""
        return time.monotonic() + self.timeout_s

    def slice_s(self, wait_ends_at: float) -> float:
        """Seconds, more than 0, to wait now. Raises EgressStopped, EgressTimedOut."""
        if self._stop is not None and self._stop.is_set():
            raise EgressStopped
        left_s = min(wait_ends_at, self._phase_ends_at) - time.monotonic()
        if left_s <= 0:
            raise EgressTimedOut("The server took too long.")
        return min(left_s, SLICE_S)
