"""Lets go of what is over: jobs past their time, jobs that were deleted, and leftovers on this host's disk.

Every step may be interrupted anywhere and is done again by the next round, on this host or another.
"""

import logging
import threading
import time
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from app.core.errors import StorageUnavailable
from app.core.settings import Settings
from app.services import audit, outcomes
from app.services.caller_keys import sweep_keys
from app.services.deletion import purge_job, purgeable_jobs
from app.services.idempotency import forget_reservations
from app.services.storage.protocol import ObjectStore
from app.services.upload_storage import sweep_uploads
from pipeline.analyzers.answer_cache import FOLDER
from pipeline.strays import drop_strays
from pipeline.tidy import tidy

log = logging.getLogger(__name__)
PURGE_EVERY_S = 5.0
EXPIRE_EVERY_S = 60.0
TIDY_EVERY_S = 3600.0
COMB_EVERY_S = 24 * 3600.0

_EXPIRE = text(
    """
    UPDATE jobs SET deleted_at = now(), revision = revision + 1, updated_at = now()
     WHERE id IN (SELECT id FROM jobs WHERE expires_at < now() AND deleted_at IS NULL
                     AND status IN ('completed', 'failed', 'cancelled')
                   ORDER BY expires_at LIMIT 100 FOR UPDATE SKIP LOCKED)
    RETURNING id
    """
)

_RERUN = text(
    """
    SELECT id, status FROM jobs AS j
     WHERE status IN ('completed', 'failed', 'cancelled') AND deleted_at IS NULL
       AND finished_at > now() - interval '1 hour'
       AND EXISTS (SELECT 1 FROM job_steps AS s WHERE s.job_id = j.id AND s.fence > 1)
    """
)
_KEYS = text("SELECT object_key FROM artifacts WHERE job_id = :job_id")


def expire(sessions: sessionmaker[Session]) -> list[UUID]:
    """Mark finished jobs past their time as deleted: gone for clients now, removed by the next purge."""
    with sessions.begin() as session:
        return [row.id for row in session.execute(_EXPIRE).all()]


def purge(sessions: sessionmaker[Session], store: ObjectStore) -> int:
    """Remove deleted jobs with their objects. Returns how many went; the others stay marked."""
    with sessions.begin() as session:
        waiting = purgeable_jobs(session)
    gone = 0
    for job_id in waiting:
        try:
            gone += purge_job(sessions, store, job_id)
        except (StorageUnavailable, OSError) as error:  # this one waits; those behind it need not
            log.warning("job %s: its objects could not be removed yet: %s", job_id, error)
    return gone


def drop_orphans(sessions: sessionmaker[Session], store: ObjectStore, known: set[UUID]) -> int:
    """Remove objects that runs which lost their step had stored, once the job is finished. Returns how many.

    Only jobs with a step that was claimed more than once can have any. ``known`` are those already looked at.
    Answers that were paid for stay where the job may be tried again: the daily comb takes them.
    """
    with sessions.begin() as session:
        jobs = {row.id: row.status for row in session.execute(_RERUN).all() if row.id not in known}
        mine = {key for job_id in jobs for key in session.execute(_KEYS, {"job_id": job_id}).scalars()}
    gone = 0
    for job_id, status in jobs.items():
        for key in list(store.keys(f"jobs/{job_id}/")):
            paid = status != "completed" and key.startswith(f"jobs/{job_id}/{FOLDER}/")
            if key not in mine and not paid:
                store.delete(key)
                gone += 1
        known.add(job_id)
    return gone


def shorten_audit(sessions: sessionmaker[Session]) -> None:
    """Delete what is over a year old, a batch a transaction."""
    gone = audit.BATCH
    while gone == audit.BATCH:
        with sessions.begin() as session:
            gone = audit.forget_old(session)


class Sweeper(threading.Thread):
    """Purges each five seconds, expires each minute, tidies the disk at first and each hour, combs the store daily."""

    def __init__(
        self, settings: Settings, sessions: sessionmaker[Session], store: ObjectStore, stop: threading.Event
    ) -> None:
        super().__init__(name="sweeper", daemon=True)
        self._settings, self._sessions, self._store, self._stopping = settings, sessions, store, stop

    def run(self) -> None:
        expired_s, tidied_s, combed_s = 0.0, -TIDY_EVERY_S, time.monotonic()
        cleaned: set[UUID] = set()
        while not self._stopping.wait(PURGE_EVERY_S):
            now_s = time.monotonic()
            try:
                if now_s - expired_s >= EXPIRE_EVERY_S:
                    expired_s = now_s
                    expire(self._sessions)
                    with self._sessions.begin() as session:
                        forget_reservations(session)
                    with self._sessions.begin() as session:
                        outcomes.fold(session)
                    sweep_uploads(self._sessions, self._store)
                    drop_orphans(self._sessions, self._store, cleaned)
                    sweep_keys(self._sessions, self._store)
                purge(self._sessions, self._store)
                if now_s - tidied_s >= TIDY_EVERY_S:
                    tidied_s = now_s
                    tidy(self._settings, self._sessions)
                    shorten_audit(self._sessions)
                if now_s - combed_s >= COMB_EVERY_S:
                    combed_s = now_s
                    drop_strays(self._sessions, self._store)
            except Exception as error:  # whatever it was, the next round is due
                log.warning("sweeper: waits for the next round: %s", type(error).__name__)
