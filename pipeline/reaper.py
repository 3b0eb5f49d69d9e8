"""Finds what was lost: steps whose lease ran out, steps that were sent and never claimed, jobs nobody continues.

Every worker process runs one; an advisory lock lets one at a time work. The lock ends with its transaction, and a
frozen process loses its transaction to ``idle_in_transaction_session_timeout``.
"""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from celery import Celery
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from app.core.milestones import reached
from app.services.jobs import log_event
from pipeline.continuation import decide, send
from pipeline.lease import MISSING_INPUT
from pipeline.orchestrator import MAX_ATTEMPTS, Dispatch
from pipeline.rings import waiting_messages

log = logging.getLogger(__name__)
EVERY_S = 3.0
REAPER_LOCK = 0x52454150  # "REAP"
LATE_S = 3
"""A message is taken and its step claimed in less."""
RINGS_AT_ONCE = 500

_LOCK = text("SELECT pg_try_advisory_xact_lock(:key)")
# A job's row that is locked by a frozen process is left for the next round: the lock ends with its transaction.
_EXPIRED = text(
    """
    SELECT s.id, s.job_id FROM job_steps AS s JOIN jobs AS j ON j.id = s.job_id
     WHERE s.status = 'running' AND s.lease_expires_at < now()
     ORDER BY s.lease_expires_at LIMIT 100 FOR UPDATE OF j SKIP LOCKED
    """
)
_RECLAIM = text(
    """
    UPDATE job_steps
       SET status = CASE WHEN attempt < :attempts THEN 'pending' ELSE 'failed' END,
           error_code = CASE WHEN attempt < :attempts THEN NULL ELSE 'worker_lost' END,
           error_message = CASE WHEN attempt < :attempts THEN NULL
                                ELSE 'The worker was lost three times while it ran this step.' END,
           finished_at = CASE WHEN attempt < :attempts THEN NULL ELSE now() END,
           fence = fence + 1, lease_expires_at = NULL, sent_at = NULL, sent_count = 0, progress = 0
     WHERE id = :id AND status = 'running' AND lease_expires_at < now()
    RETURNING name, status
    """
)
# Messages are alike: as many as there are steps sent have to be on their way, whichever those name.
_RING_AGAIN = text(
    """
    WITH unclaimed AS (
        SELECT s.id, s.job_id, s.position, s.sent_at
          FROM job_steps AS s JOIN jobs AS j ON j.id = s.job_id
         WHERE s.status = 'pending' AND s.sent_at IS NOT NULL AND s.queue = :queue AND j.status IN ('queued', 'running')
    ), late AS (
        SELECT u.id FROM unclaimed AS u JOIN jobs AS j ON j.id = u.job_id
         WHERE u.sent_at < now() - make_interval(secs => :late_s)
         ORDER BY u.job_id, u.position
         LIMIT least(:at_once, greatest(0, (SELECT count(*) FROM unclaimed) - :messages)) FOR UPDATE OF j SKIP LOCKED
    )
    UPDATE job_steps AS s SET sent_at = now(), sent_count = sent_count + 1 FROM late WHERE s.id = late.id
    RETURNING s.job_id, s.name, s.queue
    """
)
_WAITING = text(
    f"""
    SELECT j.id FROM jobs AS j
     WHERE j.status IN ('queued', 'running')
       AND (EXISTS (SELECT 1 FROM job_steps AS s
                     WHERE s.job_id = j.id AND s.status = 'pending' AND s.sent_at IS NULL
                       AND (s.retry_at IS NULL OR s.retry_at <= now())
                       AND NOT EXISTS ({MISSING_INPUT}))
            OR NOT EXISTS (SELECT 1 FROM job_steps AS s WHERE s.job_id = j.id AND s.status IN ('pending', 'running'))
            OR NOT EXISTS (SELECT 1 FROM job_steps AS s WHERE s.job_id = j.id AND s.status = 'running')
               AND EXISTS (SELECT 1 FROM job_steps AS s WHERE s.job_id = j.id AND s.status = 'failed'
                              AND NOT s.optional))
     ORDER BY j.id LIMIT 200
    """  # noqa: S608 - both are constants
)


class Reaper(threading.Thread):
    """Looks every three seconds until ``stop`` is set."""

    def __init__(self, sessions: sessionmaker[Session], celery: Celery, stop: threading.Event) -> None:
        super().__init__(name="reaper", daemon=True)
        self._sessions = sessions
        self._celery = celery
        self._stopping = stop

    def run(self) -> None:
        was_away = False
        while True:  # the first round at once: where workers keep dying, each may live for seconds only
            try:
                self._round(reclaim=not was_away)
                was_away = False
            except Exception as error:  # whatever it was, jobs still need their reaper in three seconds
                was_away = True
                log.warning("reaper: waits for the next round: %s", type(error).__name__)
            if self._stopping.wait(EVERY_S):
                return

    def _round(self, *, reclaim: bool) -> None:
        messages = waiting_messages(self._celery)
        found = reap(self._sessions, messages, reclaim=reclaim)
        reachable = messages is not None  # a broker that is away makes each of many wait for seconds
        for job_id in found.jobs:
            dispatch = decide(self._sessions, job_id)
            reachable = reachable and send(self._celery, dispatch)
        for dispatch in found.rings:
            reachable = reachable and send(self._celery, dispatch)


@dataclass(frozen=True)
class Found:
    """``jobs`` are to be continued; the messages of ``rings`` were lost, and are to be sent again."""

    jobs: list[UUID]
    rings: list[Dispatch]


def reap(sessions: sessionmaker[Session], messages: Mapping[str, int] | None, *, reclaim: bool = True) -> Found:
    """One round. ``messages`` are those that wait in the broker, by queue; None where that is not known.

    Without ``reclaim`` leases are left alone: after an outage of the database the living come first to renew theirs.
    """
    with sessions.begin() as session:
        if not session.execute(_LOCK, {"key": REAPER_LOCK}).scalar():
            return Found([], [])
        for row in session.execute(_EXPIRED).all() if reclaim else ():
            _reclaim(session, row.id, row.job_id)
        rings = _lost_rings(session, messages or {})
        waiting = [row.id for row in session.execute(_WAITING).all()]
        reached("job_reaped")
        return Found(waiting, rings)


def _lost_rings(session: Session, messages: Mapping[str, int]) -> list[Dispatch]:
    lost = []
    for queue, waiting in messages.items():
        values = {"queue": queue, "messages": waiting, "late_s": LATE_S, "at_once": RINGS_AT_ONCE}
        lost += [Dispatch(row.job_id, ((row.name, row.queue),)) for row in session.execute(_RING_AGAIN, values).all()]
    if lost:
        log.warning("%d messages were lost and are sent again", len(lost))
    return lost


def _reclaim(session: Session, step_id: int, job_id: UUID) -> None:
    row = session.execute(_RECLAIM, {"id": step_id, "attempts": MAX_ATTEMPTS}).one_or_none()
    if row is not None:
        log.warning("job %s: the worker of %s was lost, the step is %s", job_id, row.name, row.status)
        message = f"The worker of {row.name} was lost; the step is {row.status}."
        log_event(session, job_id, "worker_lost", message, step=row.name, level="warning")
