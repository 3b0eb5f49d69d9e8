"""Which step a free slot takes: decided in the database, not by the order of messages.

A message says that there is work in a queue, and names a step to begin looking at. The slot takes the step of the
owner with the fewest running jobs; among that owner's, the job of highest priority, then the oldest. As many messages
are on their way as there are steps sent, and each takes one, so none is left over.
"""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from pipeline.lease import Claim, claim

TRIES = 5
"""How often a step is picked that somebody else takes in the same moment."""

# Whoever holds a job's row at this moment is about to change it; waiting for a frozen process would stop all slots.
_NEXT = text(
    """
    SELECT s.job_id, s.name
      FROM job_steps AS s
      JOIN jobs AS j ON j.id = s.job_id
      LEFT JOIN (SELECT b.owner, count(DISTINCT b.id) AS jobs
                   FROM job_steps AS r JOIN jobs AS b ON b.id = r.job_id
                  WHERE r.status = 'running' GROUP BY b.owner) AS busy ON busy.owner = j.owner
     WHERE s.status = 'pending' AND s.sent_at IS NOT NULL AND s.queue = :queue
       AND (s.retry_at IS NULL OR s.retry_at <= now())
       AND j.status IN ('queued', 'running') AND j.cancel_requested_at IS NULL
     ORDER BY coalesce(busy.jobs, 0), j.priority DESC, j.id, s.position
     LIMIT 1
       FOR UPDATE OF j SKIP LOCKED
    """
)


def admit(session: Session, queue: str, hint: tuple[UUID, str]) -> Claim | None:
    """Claim the step that is next in ``queue``; the one of ``hint`` where no other is to be had. None: nothing to do.

    A step of the hint that is locked by its own job's commit is waited for, since no other message will come for it.
    """
    for _ in range(TRIES):
        row = session.execute(_NEXT, {"queue": queue}).one_or_none()
        if row is None:
            return claim(session, *hint)
        held = claim(session, row.job_id, row.name)
        if held is not None:
            return held
    return None
