"""How the engine stands, in a few queries that stay cheap whatever has been kept: all go by partial indexes."""

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock, Thread

from sqlalchemy import Row, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.services.outcomes import Outcomes, count_outcomes

STATEMENT_MS = 1500
LEASE_ENDS_SOON_S = 8
"""A lease of 15 s is renewed each 3 s: with less than this left, two renewals have failed."""

_LIMIT = text(f"SET LOCAL statement_timeout = {STATEMENT_MS}")
_WAITING = text(
    """
    WITH active AS MATERIALIZED (
        SELECT s.id, s.job_id, s.name, s.stage, s.queue, s.needs, s.status, s.optional, s.finished_at, s.retry_at,
               j.created_at
          FROM jobs AS j JOIN job_steps AS s ON s.job_id = j.id
         WHERE j.status IN ('queued', 'running') AND j.cancel_requested_at IS NULL
    ), runnable AS (
        SELECT w.queue, greatest(w.created_at, w.retry_at, max(n.finished_at)) AS since
          FROM active AS w
               LEFT JOIN active AS n ON n.job_id = w.job_id AND (n.stage = ANY(w.needs) OR n.name = ANY(w.needs))
         WHERE w.status = 'pending' AND (w.retry_at IS NULL OR w.retry_at <= now())
         GROUP BY w.id, w.queue, w.created_at, w.retry_at
        HAVING bool_and(n.id IS NULL OR n.status IN ('completed', 'skipped') OR (n.optional AND n.status = 'failed'))
    )
    SELECT queue, count(*) AS steps, max(extract(epoch FROM now() - since)) AS oldest_s FROM runnable GROUP BY queue
    """
)
_RUNNING = text(
    """
    SELECT queue, count(*) AS steps,
           count(*) FILTER (WHERE lease_expires_at < now()) AS expired,
           count(*) FILTER (WHERE lease_expires_at >= now()
                              AND lease_expires_at < now() + make_interval(secs => :soon_s)) AS expiring
      FROM job_steps WHERE status = 'running' GROUP BY queue
    """
)
_JOBS = text(
    """
    SELECT status, count(*) AS jobs, max(extract(epoch FROM now() - created_at)) AS oldest_s
      FROM jobs WHERE status IN ('queued', 'running') AND deleted_at IS NULL GROUP BY status
    UNION ALL
    SELECT 'deleting', count(*), max(extract(epoch FROM now() - deleted_at)) FROM jobs WHERE deleted_at IS NOT NULL
    """
)
_WEBHOOKS = text(
    "SELECT count(*) AS pending, max(extract(epoch FROM now() - created_at)) AS oldest_s "
    "FROM webhook_deliveries WHERE status = 'pending'"
)


@dataclass(frozen=True)
class EngineState:
    """Counts and ages in seconds; the steps' by queue, the jobs' by status (queued, running, deleting)."""

    steps_waiting: Mapping[str, float]
    steps_waiting_oldest_s: Mapping[str, float]
    steps_running: Mapping[str, float]
    leases_expiring: float
    leases_expired: float
    jobs: Mapping[str, float]
    jobs_oldest_s: Mapping[str, float]
    webhooks_pending: float
    webhooks_oldest_s: float
    outcomes: Mapping[tuple[str, str, str], Outcomes]


def read_state(session: Session) -> EngineState:
    """One look, in the caller's transaction."""
    session.execute(_LIMIT)
    waiting = session.execute(_WAITING).all()
    running = session.execute(_RUNNING, {"soon_s": LEASE_ENDS_SOON_S}).all()
    jobs = session.execute(_JOBS).all()
    webhooks = session.execute(_WEBHOOKS).one()
    return EngineState(
        steps_waiting={row.queue: row.steps for row in waiting},
        steps_waiting_oldest_s={row.queue: _seconds(row) for row in waiting},
        steps_running={row.queue: row.steps for row in running},
        leases_expiring=sum(row.expiring for row in running),
        leases_expired=sum(row.expired for row in running),
        jobs={row.status: row.jobs for row in jobs},
        jobs_oldest_s={row.status: _seconds(row) for row in jobs},
        webhooks_pending=webhooks.pending,
        webhooks_oldest_s=_seconds(webhooks),
        outcomes=count_outcomes(session),
    )


def _seconds(row: Row[tuple[object, ...]]) -> float:
    return max(0.0, float(row.oldest_s or 0))


class _Look(Thread):
    def __init__(self, sessions: sessionmaker[Session]) -> None:
        super().__init__(name="engine-state", daemon=True)
        self._sessions = sessions
        self.state: EngineState | None = None

    def run(self) -> None:
        try:
            with self._sessions() as session:
                self.state = read_state(session)
        except SQLAlchemyError:  # the gauge of the database says that it is down
            self.state = None


class EngineWatch:
    """Looks in a thread, since a database that hangs must not hang who asks. One that hangs is not asked again."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._lock = Lock()
        self._look: _Look | None = None

    def begin(self) -> None:
        """Start to look, unless the last look is still under way."""
        with self._lock:
            if self._look is None or not self._look.is_alive():
                self._look = _Look(self._sessions)
                self._look.start()

    def result(self, within_s: float) -> EngineState | None:
        """What was found; None where the database did not answer in time."""
        look = self._look
        if look is None:
            return None
        look.join(max(0.0, within_s))
        return look.state
