"""The thread beside a running step: renews the lease, forwards progress, and sees when the step must stop."""

import logging
import threading
import time

from sqlalchemy.orm import Session, sessionmaker

from app.core.milestones import reached
from pipeline.lease import LEASE_S, Claim, cancel_requested, renew

log = logging.getLogger(__name__)
RENEW_EVERY_S = 3.0
LOOK_EVERY_S = 1.0


class Watch(threading.Thread):
    """Does nothing else, so that no slow work can delay it. ``stop`` is set once ``reason`` is known."""

    def __init__(self, claim: Claim, sessions: sessionmaker[Session], shutdown: threading.Event) -> None:
        super().__init__(name=f"watch-{claim.name}", daemon=True)
        self.stop = threading.Event()
        self.reason: str | None = None
        self._claim = claim
        self._sessions = sessions
        self._shutdown = shutdown
        self._done = threading.Event()
        self._progress = 0.0
        self._message = ""
        self._told: tuple[float, str] = (0.0, "")
        self._renewed_s = time.monotonic()

    def report(self, fraction: float, message: str) -> None:
        """Called by the step, as often as it likes; written at most once a second."""
        self._progress, self._message = min(max(fraction, self._progress), 1.0), message

    def close(self) -> None:
        """The step is over: stop renewing."""
        self._done.set()
        self.join(timeout=10)

    def run(self) -> None:
        looked_s = 0.0
        while not self._done.wait(0.1):
            if self._shutdown.is_set():
                return self._end("shutdown")
            now_s = time.monotonic()
            if now_s - looked_s < LOOK_EVERY_S:
                continue
            looked_s = now_s
            try:
                reason = self._look(now_s)
            except Exception as error:  # without this thread the step would lose its lease, and never hear of a cancel
                log.warning("step %s: database unreachable: %s", self._claim.name, type(error).__name__)
                reason = "lost" if now_s - self._renewed_s > LEASE_S else None
            if reason:
                return self._end(reason)
        return None

    def _look(self, now_s: float) -> str | None:
        renewed = False
        with self._sessions.begin() as session:
            if cancel_requested(session, self._claim.job_id):
                return "cancelled"
            state = (round(self._progress, 3), self._message)
            if state != self._told or now_s - self._renewed_s >= RENEW_EVERY_S:
                if not renew(session, self._claim, *state):
                    return "lost"
                self._told, self._renewed_s = state, now_s
                renewed = True
        if renewed:
            reached("lease_renewed")
        return None

    def _end(self, reason: str) -> None:
        self.reason = reason
        self.stop.set()
