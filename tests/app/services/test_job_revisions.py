"""Revisions for many pollers: one query for those who wait together, never older than the question."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.core.database import make_sessions
from app.core.errors import JobNotFound
from app.models import Job
from app.services.job_revisions import JobRevisions
from tests.app.job_factory import make_job

pytestmark = pytest.mark.stack


@pytest.fixture
def job_id(engine: Engine) -> UUID:
    with make_sessions(engine).begin() as session:
        return make_job(session).id


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if "FROM jobs" in statement:
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def change(engine: Engine, job_id: UUID, **values: object) -> None:
    with Session(engine) as session:
        job = session.get_one(Job, job_id)
        for name, value in values.items():
            setattr(job, name, value)
        session.commit()


def test_those_who_wait_together_share_a_query(engine: Engine, job_id: UUID) -> None:
    async def run() -> None:
        revisions = JobRevisions(engine)
        found = await asyncio.gather(*(revisions.current(job_id, owner="local") for _ in range(50)))
        assert {each.number for each in found} == {found[0].number}

    with statements(engine) as seen:
        asyncio.run(run())
    assert len(seen) <= 2


def test_an_answer_is_never_older_than_its_question(engine: Engine, job_id: UUID) -> None:
    async def run() -> None:
        revisions = JobRevisions(engine)
        noise = [asyncio.create_task(revisions.current(job_id, owner="local")) for _ in range(20)]
        for number in range(10, 40):
            await asyncio.to_thread(change, engine, job_id, revision=number)
            noise.append(asyncio.create_task(revisions.current(job_id, owner="local")))
            assert (await revisions.current(job_id, owner="local")).number == number
        await asyncio.gather(*noise)

    asyncio.run(run())


def test_each_sees_its_own(engine: Engine, job_id: UUID) -> None:
    with make_sessions(engine).begin() as session:
        theirs = make_job(session)
        theirs.owner, theirs.status = "revisions-b", "completed"

    async def run() -> None:
        revisions = JobRevisions(engine)
        asked = [(job_id, "local"), (theirs.id, "revisions-b"), (theirs.id, "local"), (job_id, "revisions-b")]
        asked += [(uuid4(), "local")]
        found = await asyncio.gather(
            *(revisions.current(job, owner=owner) for job, owner in asked), return_exceptions=True
        )
        assert [type(each).__name__ for each in found] == ["Revision"] * 2 + ["JobNotFound"] * 3
        mine, other = found[:2]
        assert not isinstance(mine, BaseException)
        assert not isinstance(other, BaseException)
        assert (mine.job_id, mine.finished, other.job_id, other.finished) == (job_id, False, theirs.id, True)

    asyncio.run(run())


def test_a_deleted_job_is_no_job(engine: Engine, job_id: UUID) -> None:
    with make_sessions(engine).begin() as session:
        job = session.get_one(Job, job_id)
        job.deleted_at = job.created_at
    with pytest.raises(JobNotFound):
        asyncio.run(JobRevisions(engine).current(job_id, owner="local"))


def test_a_failure_is_told_to_all_and_is_not_the_end() -> None:
    nowhere = create_engine("postgresql+psycopg2://u:p@127.0.0.1:1/x")

    async def run() -> None:
        revisions = JobRevisions(nowhere)
        for _ in range(2):
            failed = await asyncio.gather(
                *(revisions.current(uuid4(), owner="local") for _ in range(5)), return_exceptions=True
            )
            assert {type(each) for each in failed} == {OperationalError}

    asyncio.run(run())


def test_who_went_away_holds_nobody_up(engine: Engine, job_id: UUID) -> None:
    async def run() -> None:
        revisions = JobRevisions(engine)
        gone = asyncio.create_task(revisions.current(job_id, owner="local"))
        await asyncio.sleep(0)
        gone.cancel()
        assert (await revisions.current(job_id, owner="local")).job_id == job_id

    asyncio.run(run())
