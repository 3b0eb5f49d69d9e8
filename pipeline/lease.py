"""Who runs a step: claimed by one conditional update, held by renewing a lease, lost when the fence has moved on.

Every transaction that writes a step locks its job's row first; one that did not would deadlock with a commit.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

LEASE_S = 15
"""A living worker renews five times in this time; a dead one's step runs again about this much later."""

_LOCK = text("SELECT 1 FROM jobs WHERE id = :job_id FOR UPDATE")
MISSING_INPUT = """
    SELECT 1 FROM job_steps AS n
     WHERE n.job_id = s.job_id AND (n.stage = ANY(s.needs) OR n.name = ANY(s.needs))
       AND n.status NOT IN ('completed', 'skipped') AND NOT (n.optional AND n.status = 'failed')
"""
"""What the step ``s`` has to wait for."""
_CLAIM = text(
    f"""
    UPDATE job_steps AS s
       SET status = 'running', attempt = attempt + 1, fence = fence + 1, progress = 0, message = NULL,
           error_code = NULL, error_message = NULL, started_at = now(), finished_at = NULL, retry_at = NULL,
           lease_expires_at = now() + make_interval(secs => :lease_s)
      FROM jobs AS j
     WHERE j.id = s.job_id AND s.job_id = :job_id AND s.name = :name AND s.status = 'pending'
       AND (s.retry_at IS NULL OR s.retry_at <= now())
       AND j.status IN ('queued', 'running') AND j.cancel_requested_at IS NULL
       AND NOT EXISTS ({MISSING_INPUT})
    RETURNING s.id, s.stage, s.attempt, s.fence, s.params
    """  # noqa: S608 - both are constants
)
_START_JOB = text(
    "UPDATE jobs SET status = 'running', started_at = coalesce(started_at, now()), updated_at = now(), "
    "revision = revision + 1 WHERE id = :job_id"
)
_RENEW = text(
    """
    UPDATE job_steps SET lease_expires_at = now() + make_interval(secs => :lease_s), progress = :progress,
           message = :message
     WHERE id = :id AND fence = :fence AND status = 'running'
    """
)
_TOUCH = text("UPDATE jobs SET revision = revision + 1, updated_at = now() WHERE id = :job_id")
_HAND_BACK = text(
    """
    UPDATE job_steps SET status = 'pending', attempt = attempt - 1, lease_expires_at = NULL, sent_at = NULL,
           progress = 0, message = NULL, started_at = NULL
     WHERE id = :id AND fence = :fence AND status = 'running'
    """
)
_LET_GO = text(
    "UPDATE job_steps SET lease_expires_at = NULL WHERE id = :id AND fence = :fence AND status = 'cancelled'"
)
_CANCELLED = text("SELECT cancel_requested_at IS NOT NULL FROM jobs WHERE id = :job_id")


@dataclass(frozen=True)
class Claim:
    """A step that is ours as long as ``fence`` is the row's."""

    job_id: UUID
    step_id: int
    name: str
    stage: str
    attempt: int
    fence: int
    params: dict[str, Any]

    @property
    def adapter(self) -> str:
        """What runs it: the stage's own adapter, unless the row names another."""
        return str(self.params.get("adapter", self.stage))


def lock_job(session: Session, job_id: UUID) -> bool:
    """Lock the job's row for this transaction. False when there is no such job."""
    return session.execute(_LOCK, {"job_id": job_id}).scalar() is not None


def claim(session: Session, job_id: UUID, name: str) -> Claim | None:
    """Take a pending step whose inputs are complete. None for a duplicate, a finished step, one too early."""
    if not lock_job(session, job_id):
        return None
    row = session.execute(_CLAIM, {"job_id": job_id, "name": name, "lease_s": LEASE_S}).one_or_none()
    if row is None:
        return None
    session.execute(_START_JOB, {"job_id": job_id})
    return Claim(job_id, row.id, name, row.stage, row.attempt, row.fence, dict(row.params))


def renew(session: Session, held: Claim, progress: float, message: str) -> bool:
    """Prolong the lease and tell the progress. False when the step is no longer ours."""
    if not lock_job(session, held.job_id):
        return False
    values = {"id": held.step_id, "fence": held.fence, "lease_s": LEASE_S, "progress": progress, "message": message}
    if session.execute(_RENEW, values).rowcount == 0:  # type: ignore[attr-defined]  # a cursor result
        return False
    session.execute(_TOUCH, {"job_id": held.job_id})
    return True


def hand_back(session: Session, held: Claim) -> None:
    """Give an unfinished step back without counting the attempt: the worker is shutting down."""
    if lock_job(session, held.job_id):
        session.execute(_HAND_BACK, {"id": held.step_id, "fence": held.fence})


def let_go(session: Session, held: Claim) -> None:
    """The step was cancelled while it ran, and nothing of it runs any more."""
    if lock_job(session, held.job_id):
        session.execute(_LET_GO, {"id": held.step_id, "fence": held.fence})


def cancel_requested(session: Session, job_id: UUID) -> bool:
    """True also when the job is gone."""
    return session.execute(_CANCELLED, {"job_id": job_id}).scalar() is not False
