"""Finds what was lost: steps whose lease ran out, steps that were sent and never claimed, jobs nobody continues.

Every worker process runs one; an advisory lock lets one at a time work. The lock ends with its transaction, and a
frozen process loses its transaction to ``idle_in_transaction_session_timeout``.
"""

import logging
import threading
from uuid import UUID

from celery import Celery
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from app.core.milestones import reached
from app.services.jobs import log_event
from pipeline.continuation import proceed
from pipeline.orchestrator import MAX_ATTEMPTS

log = logging.getLogger(__name__)
EVERY_S = 3.0
REAPER_LOCK = 0x52454150  # "REAP"
RESEND_AFTER_S = 8

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
_UNCLAIMED = text(
    """
    UPDATE job_steps AS s SET sent_at = NULL
     WHERE s.status = 'pending' AND s.sent_at < now() - make_interval(secs => :after_s * least(s.sent_count, 20))
       AND EXISTS (SELECT 1 FROM jobs AS j WHERE j.id = s.job_id AND j.status IN ('queued', 'running'))
       AND NOT EXISTS (SELECT 1 FROM job_steps AS r WHERE r.queue = s.queue
                          AND r.started_at > now() - make_interval(secs => :after_s))
    """
)
_WAITING = text(
    """
    SELECT j.id FROM jobs AS j
     WHERE j.status IN ('queued', 'running')
       AND (EXISTS (SELECT 1 FROM job_steps AS s
                     WHERE s.job_id = j.id AND s.status = 'pending' AND s.sent_at IS NULL
                       AND (s.retry_at IS NULL OR s.retry_at <= now())
                       AND NOT EXISTS (SELECT 1 FROM job_steps AS n WHERE n.job_id = j.id
                                          AND (n.stage = ANY(s.needs) OR n.name = ANY(s.needs))
                                          AND n.status NOT IN ('completed', 'skipped')
                                          AND NOT (n.optional AND n.status = 'failed')))
            OR NOT EXISTS (SELECT 1 FROM job_steps AS s WHERE s.job_id = j.id AND s.status IN ('pending', 'running'))
            OR NOT EXISTS (SELECT 1 FROM job_steps AS s WHERE s.job_id = j.id AND s.status = 'running')
               AND EXISTS (SELECT 1 FROM job_steps AS s WHERE s.job_id = j.id AND s.status = 'failed'
                              AND NOT s.optional))
     ORDER BY j.id LIMIT 200
    """
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
                for job_id in reap(self._sessions, reclaim=not was_away):
                    proceed(self._sessions, self._celery, job_id)
                was_away = False
            except Exception as error:  # whatever it was, jobs still need their reaper in three seconds
                was_away = True
                log.warning("reaper: waits for the next round: %s", type(error).__name__)
            if self._stopping.wait(EVERY_S):
                return


def reap(sessions: sessionmaker[Session], *, reclaim: bool = True) -> list[UUID]:
    """One round. Returns the jobs to continue.

    Without ``reclaim`` leases are left alone: after an outage of the database the living come first to renew theirs.
    """
    with sessions.begin() as session:
        if not session.execute(_LOCK, {"key": REAPER_LOCK}).scalar():
            return []
        for row in session.execute(_EXPIRED).all() if reclaim else ():
            _reclaim(session, row.id, row.job_id)
        session.execute(_UNCLAIMED, {"after_s": RESEND_AFTER_S})
        waiting = [row.id for row in session.execute(_WAITING).all()]
        reached("job_reaped")
        return waiting


def _reclaim(session: Session, step_id: int, job_id: UUID) -> None:
    row = session.execute(_RECLAIM, {"id": step_id, "attempts": MAX_ATTEMPTS}).one_or_none()
    if row is not None:
        log.warning("job %s: the worker of %s was lost, the step is %s", job_id, row.name, row.status)
        message = f"The worker of {row.name} was lost; the step is {row.status}."
        log_event(session, job_id, "worker_lost", message, step=row.name, level="warning")
