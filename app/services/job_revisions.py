"""How far jobs are, asked for by many pollers at once: those that come while one query runs share the next.

Nothing is remembered: an answer is never older than its question. What is saved is a thread and a round trip each.
"""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from anyio.to_thread import run_sync
from sqlalchemy import ARRAY, Engine, Text, any_, bindparam, select
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from app.core.errors import JobNotFound
from app.models import Job
from app.models.job import FINISHED_JOB

_QUERY = select(Job.id, Job.owner, Job.revision, Job.status).where(
    Job.id == any_(bindparam("ids", type_=ARRAY(PgUUID(as_uuid=True)))),
    Job.owner == any_(bindparam("owners", type_=ARRAY(Text()))),
    Job.deleted_at.is_(None),
)
_Asked = tuple[UUID, str]


@dataclass(frozen=True)
class Revision:
    """What the ETag of a job's document and its headers need."""

    job_id: UUID
    number: int
    finished: bool


class JobRevisions:
    """Belongs to one event loop."""

    def __init__(self, engine: Engine) -> None:
        # One statement needs no transaction, and so no BEGIN and ROLLBACK.
        self._engine = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._waiting: list[tuple[_Asked, asyncio.Future[Revision | None]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def current(self, job_id: UUID, *, owner: str) -> Revision:
        """The revision that ``owner``'s job has now. Raises JobNotFound, also for somebody else's."""
        answer: asyncio.Future[Revision | None] = asyncio.get_running_loop().create_future()
        self._waiting.append(((job_id, owner), answer))
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask())
        found = await answer
        if found is None:
            raise JobNotFound(f"There is no job {job_id}.")
        return found

    async def _ask(self) -> None:
        while self._waiting:
            asked, self._waiting = self._waiting, []
            try:
                found = await run_sync(self._read, {job for job, _ in asked})
            except Exception as error:  # those who came meanwhile have waited long enough to be told as well
                for _, answer in asked + self._waiting:
                    if not answer.done():
                        answer.set_exception(error)
                self._waiting = []
            else:
                for job, answer in asked:
                    if not answer.done():  # whoever asked may have gone
                        answer.set_result(found.get(job))

    def _read(self, asked: Iterable[_Asked]) -> dict[_Asked, Revision]:
        values = {"ids": [job_id for job_id, _ in asked], "owners": list({owner for _, owner in asked})}
        with self._engine.connect() as connection:
            rows = connection.execute(_QUERY, values).all()
        return {(row.id, row.owner): Revision(row.id, row.revision, row.status in FINISHED_JOB) for row in rows}
