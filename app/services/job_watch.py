"""Tells waiters when a job changes. However many wait, one query each half second looks for all of them.

A waiter is a future in the event loop: it holds no thread and no database connection. While the database is down,
waiters wait on: whoever has a deadline learns the state of things when that is over.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from anyio.to_thread import run_sync
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from app.models import Job, ProcessingLog
from app.models.job import FINISHED_JOB

EVERY_S = 0.5
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mark:
    """How far a job's history goes: what a waiter has seen, or what there is. ``log_id`` 0: no line."""

    revision: int
    log_id: int
    finished: bool


class WatchClosed(Exception):
    """The server is going: nobody can wait any longer."""


@dataclass(eq=False)
class _Waiter:
    job_id: UUID
    seen: Mark | None
    changed: asyncio.Future[Mark | None]


class JobWatch:
    """Belongs to one event loop. Looks only while somebody waits."""

    def __init__(self, sessions: sessionmaker[Session], *, every_s: float = EVERY_S) -> None:
        self._sessions = sessions
        self._every_s = every_s
        self._waiters: set[_Waiter] = set()
        self._looking: asyncio.Task[None] | None = None
        self._closed = False

    def close(self) -> None:
        """Send all waiters away at the next look. Safe in a signal handler."""
        self._closed = True

    async def changed(self, job_id: UUID, seen: Mark | None) -> Mark | None:
        """Wait until the job's mark is another than ``seen``, and return it; None when there is no such job any more.

        Waits without end: give it a deadline. Raises WatchClosed.
        """
        waiter = _Waiter(job_id, seen, asyncio.get_running_loop().create_future())
        self._waiters.add(waiter)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_on())
        try:
            return await waiter.changed
        finally:
            self._waiters.discard(waiter)

    async def pause(self, seconds: float) -> None:
        """Let ``seconds`` pass. Raises WatchClosed soon after the server begins to go."""
        end_s = time.monotonic() + seconds
        while (rest_s := end_s - time.monotonic()) > 0:
            if self._closed:
                raise WatchClosed
            await asyncio.sleep(min(rest_s, self._every_s))

    async def finished(self, job_id: UUID, wait_s: float) -> None:
        """Return when the job is finished or gone, or after ``wait_s`` seconds, or when the server is going."""
        mark: Mark | None = None
        try:
            async with asyncio.timeout(wait_s):
                while (mark := await self.changed(job_id, mark)) is not None and not mark.finished:
                    pass
        except (TimeoutError, WatchClosed):
            return

    async def _look_on(self) -> None:
        away = False
        while self._waiters:
            if self._closed:
                for waiter in self._waiters:
                    if not waiter.changed.done():
                        waiter.changed.set_exception(WatchClosed())
                return
            asked = list(self._waiters)  # one who comes during the query may have seen more than it tells
            try:
                marks = await run_sync(self._marks, {waiter.job_id for waiter in asked})
            except Exception as error:  # waiters must not hang on a database that is away for a while
                if not away:
                    log.warning("cannot look after %d waiters: %s", len(asked), type(error).__name__)
                away = True
            else:
                if away:
                    log.info("looking after %d waiters again", len(asked))
                away = False
                _tell(asked, marks)
            await asyncio.sleep(self._every_s)

    def _marks(self, job_ids: set[UUID]) -> dict[UUID, Mark]:
        last_log = select(func.max(ProcessingLog.id)).where(ProcessingLog.job_id == Job.id).scalar_subquery()
        query = select(Job.id, Job.revision, Job.status, last_log).where(Job.id.in_(job_ids), Job.deleted_at.is_(None))
        with self._sessions() as session:
            rows = session.execute(query).all()
        return {row[0]: Mark(row[1], row[3] or 0, row[2] in FINISHED_JOB) for row in rows}


def _tell(asked: Sequence[_Waiter], marks: dict[UUID, Mark]) -> None:
    for waiter in asked:
        mark = marks.get(waiter.job_id)
        if not waiter.changed.done() and (mark is None or mark != waiter.seen):
            waiter.changed.set_result(mark)
