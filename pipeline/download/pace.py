"""Progress of a download: told at most once a second, and a lack of it noticed."""

import time
from collections.abc import Callable

from app.core.errors import SourceUnreachable

LEAST_BYTES_A_S = 1024
"""Fewer is a server that holds the line and sends nothing of use."""
EACH_S = 1.0


class Pace:
    """``report`` gets a fraction 0..1, 0 where the size is unknown, and a sentence."""

    def __init__(self, report: Callable[[float, str], None], stalled_after_s: float) -> None:
        self._report, self.stalled_after_s = report, stalled_after_s
        self._told_at: float | None = None
        self._since, self._bytes_since = time.monotonic(), 0

    def resume(self) -> None:
        """Count from now: a new connection has a new chance."""
        self._since, self._bytes_since = time.monotonic(), 0

    def advance(self, new_bytes: int, have_bytes: int, size_bytes: int | None) -> None:
        """Raises SourceUnreachable where too little came for too long."""
        now = time.monotonic()
        self._bytes_since += new_bytes
        if now - self._since >= self.stalled_after_s:
            if self._bytes_since < LEAST_BYTES_A_S * self.stalled_after_s:
                raise SourceUnreachable("The source sends too slowly to finish. Try again later.")
            self._since, self._bytes_since = now, 0
        if self._told_at is None or now - self._told_at >= EACH_S:
            self._told_at = now
            of = f" of {size_bytes / 1e6:.1f}" if size_bytes else ""
            fraction = min(have_bytes / size_bytes, 1.0) if size_bytes else 0.0
            self._report(fraction, f"Fetching the recording: {have_bytes / 1e6:.1f}{of} MB")
