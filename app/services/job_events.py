"""A job's life as server-sent events: log lines, progress, and the end.

An event's id says all that had been told by then, ``<last log line>-<revision>`` and ``-end`` after the last event, so
that a client that comes back with it misses nothing and hears nothing twice.
"""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from anyio.to_thread import run_sync
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.core.errors import JobNotFound
from app.models import Job, ProcessingLog
from app.models.job import FINISHED_JOB
from app.services.job_logs import line_document, log_lines
from app.services.job_watch import JobWatch, Mark, WatchClosed
from app.services.jobs import get_job

HEARTBEAT_S = 15.0
RECONNECT_MS = 2000
AWAY_S = 1.0
"""How often a stream asks for a database that is down, and shows its client that it lives."""
LINES_AT_ONCE = 200
_ID = re.compile(r"(\d{1,18})-(\d{1,18})(-end)?", re.ASCII)
log = logging.getLogger(__name__)

Encode = Callable[[Job], dict[str, Any]]
"""A job as JSON values."""


@dataclass(frozen=True)
class Told:
    """What a client has heard. ``revision`` 0: nothing of the job itself."""

    log_id: int = 0
    revision: int = 0
    end: bool = False

    @classmethod
    def read(cls, last_event_id: str | None) -> "Told":
        """From Last-Event-ID; what is none of ours has heard nothing."""
        found = _ID.fullmatch(last_event_id or "")
        return cls(int(found[1]), int(found[2]), found[3] is not None) if found else cls()

    def __str__(self) -> str:
        return f"{self.log_id}-{self.revision}{'-end' if self.end else ''}"


def event(name: str, told: Told, data: dict[str, Any]) -> str:
    """One event in the stream's format."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=_iso)
    return f"event: {name}\nid: {told}\ndata: {text}\n\n"


def _iso(value: datetime) -> str:
    return value.isoformat().replace("+00:00", "Z")  # as everywhere else in the API


async def job_events(
    sessions: sessionmaker[Session],
    watch: JobWatch,
    job_id: UUID,
    told: Told,
    encode: Encode,
    *,
    owner: str,
    heartbeat_s: float = HEARTBEAT_S,
) -> AsyncIterator[str]:
    """What is new since ``told``, as it comes; ends when the job is finished or gone, or the server is going.

    An outage of the database does not end it: an EventSource that comes back to a 503 never comes back again.
    """
    told = replace(told, end=False)  # one that was retried goes on after its end
    yield f"retry: {RECONNECT_MS}\n\n"
    while True:
        try:
            job, lines = await run_sync(_load, sessions, job_id, told.log_id, owner)
        except JobNotFound:
            log.info("events of job %s end: it is gone", job_id)
            return
        except SQLAlchemyError as error:
            log.info("events of job %s wait for the database: %s", job_id, type(error).__name__)
            yield ": waiting for the database\n\n"
            try:
                await watch.pause(AWAY_S)
            except WatchClosed:
                return
            continue
        for line in lines:
            told = replace(told, log_id=line.id)
            yield event("log", told, line_document(line))
        if len(lines) == LINES_AT_ONCE:
            continue
        if job.revision != told.revision:
            told = replace(told, revision=job.revision)
            yield event("progress", told, encode(job))
        if job.status in FINISHED_JOB:
            yield event("finished", replace(told, end=True), encode(job))
            return
        seen = Mark(job.revision, told.log_id, finished=False)
        try:
            while not await _news(watch, job_id, seen, heartbeat_s):
                yield ": heartbeat\n\n"
        except WatchClosed:
            return


async def _news(watch: JobWatch, job_id: UUID, seen: Mark, timeout_s: float) -> bool:
    try:
        async with asyncio.timeout(timeout_s):
            await watch.changed(job_id, seen)
    except TimeoutError:
        return False
    return True


def _load(sessions: sessionmaker[Session], job_id: UUID, after: int, owner: str) -> tuple[Job, list[ProcessingLog]]:
    """The job before its lines: a line that comes in between is told early, and never lost."""
    with sessions() as session:
        job = get_job(session, job_id, owner=owner)
        return job, log_lines(session, job_id, after=after, limit=LINES_AT_ONCE)
