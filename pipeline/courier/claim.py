"""Who delivers an event: claimed with a lease, ended under the fence. No transaction stays open while it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.models import WebhookAttempt
from pipeline.courier.attempt import DEADLINE_S, Attempt, Verdict

LEASE_S = 3 * DEADLINE_S
"""From claim to record. What a killed worker was sending is sent again after this long."""

# Owners take turns, so that nobody's backlog holds up others; what they have under way counts. The conditions stand
# twice: the second ones are judged anew on the row as it is when its lock is there: another courier may just have
# claimed it.
_CLAIM = text(
    """
    WITH due AS (
        SELECT d.id, j.webhook_url,
               row_number() OVER (PARTITION BY d.owner ORDER BY d.next_attempt_at, d.id)
               + cardinality(array_positions(CAST(:sending AS text[]), d.owner)) AS place
          FROM webhook_deliveries AS d JOIN jobs AS j ON j.id = d.job_id
         WHERE d.status = 'pending' AND d.next_attempt_at <= now()
           AND (d.lease_expires_at IS NULL OR d.lease_expires_at < now())
           AND j.deleted_at IS NULL
    ), taken AS (
        SELECT d.id, due.webhook_url
          FROM due JOIN webhook_deliveries AS d ON d.id = due.id
         WHERE due.place <= :most_of_owner AND d.status = 'pending' AND d.next_attempt_at <= now()
           AND (d.lease_expires_at IS NULL OR d.lease_expires_at < now())
         ORDER BY due.place, d.next_attempt_at LIMIT :limit
           FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE webhook_deliveries AS d
       SET fence = fence + 1, lease_expires_at = now() + make_interval(secs => :lease_s)
      FROM taken WHERE d.id = taken.id
    RETURNING d.id, d.job_id, d.owner, d.fence, d.attempts, d.payload, taken.webhook_url
    """
)
_RECORD = text(
    """
    UPDATE webhook_deliveries
       SET status = :status, attempts = attempts + 1, lease_expires_at = NULL,
           next_attempt_at = now() + make_interval(secs => :pause_s),
           finished_at = CASE WHEN :status = 'pending' THEN NULL ELSE now() END
     WHERE id = :id AND fence = :fence AND status = 'pending' AND lease_expires_at IS NOT NULL
    RETURNING id
    """
)
_PUT_OFF = text(
    """
    UPDATE webhook_deliveries
       SET lease_expires_at = NULL, next_attempt_at = now() + make_interval(secs => :pause_s)
     WHERE id = :id AND fence = :fence AND status = 'pending'
    """
)


@dataclass(frozen=True)
class Held:
    """A delivery that is ours as long as ``fence`` is the row's. ``attempts`` have been made before."""

    id: UUID
    job_id: UUID
    owner: str
    fence: int
    attempts: int
    payload: dict[str, Any] = field(repr=False)
    sealed_url: str | None = field(repr=False)


def claim_due(session: Session, *, limit: int, most_of_owner: int, sending: Sequence[str] = ()) -> list[Held]:
    """Take deliveries that are due. ``sending`` has the owner of each that the caller is sending already, who counts.

    The caller commits before it sends.
    """
    values = {"limit": limit, "most_of_owner": most_of_owner, "sending": list(sending), "lease_s": LEASE_S}
    return [
        Held(row.id, row.job_id, row.owner, row.fence, row.attempts, dict(row.payload), row.webhook_url)
        for row in session.execute(_CLAIM, values)
    ]


def record(session: Session, held: Held, attempt: Attempt, verdict: Verdict) -> bool:
    """Write an attempt and what comes of it, once. False: no longer ours, or gone with its job; nothing was written."""
    values = {"id": held.id, "fence": held.fence, "status": verdict.status, "pause_s": verdict.pause_s}
    if session.execute(_RECORD, values).one_or_none() is None:
        return False
    session.add(
        WebhookAttempt(
            delivery_id=held.id,
            attempted_at=attempt.attempted_at,
            duration_s=round(attempt.duration_s, 3),
            status_code=attempt.status_code,
            error=attempt.error,
        )
    )
    return True


def put_off(session: Session, held: Held, pause_s: float) -> None:
    """Give back what was not sent: no attempt is counted."""
    session.execute(_PUT_OFF, {"id": held.id, "fence": held.fence, "pause_s": pause_s})
