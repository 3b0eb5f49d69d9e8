"""Events as they come, and the watch that tells of them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event as sql_event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app.api.deps import Parts
from app.models import Job
from app.services.job_control import cancel_job, mark_deleted
from app.services.job_events import Told, job_events
from app.services.job_watch import JobWatch, Mark
from app.services.jobs import lock_job, log_event
from tests.app.job_factory import make_job

pytestmark = pytest.mark.stack


@pytest.fixture
def job_id(sessions: sessionmaker[Session]) -> UUID:
    with sessions.begin() as session:
        return make_job(session).id


@pytest.fixture
def watch(sessions: sessionmaker[Session]) -> JobWatch:
    return JobWatch(sessions, every_s=0.02)


def touch(sessions: sessionmaker[Session], job_id: UUID, status: str = "running") -> None:
    with sessions.begin() as session:
        job = lock_job(session, job_id, owner="local")
        job.status = status
        job.revision += 1


def encode(job: Job) -> dict[str, Any]:
    return {"status": job.status, "revision": job.revision}


def kind(text: str) -> str:
    return text.split("\n", 1)[0].removeprefix("event: ")


async def take(events: AsyncIterator[str], count: int) -> list[str]:
    async with asyncio.timeout(10):
        return [kind(await anext(events)) for _ in range(count)]


def test_events_come_as_the_job_goes(sessions: sessionmaker[Session], watch: JobWatch, job_id: UUID) -> None:
    async def scenario() -> None:
        events = job_events(sessions, watch, job_id, Told(), encode, heartbeat_s=30, owner="local")
        assert await take(events, 3) == ["retry: 2000", "log", "progress"]
        waiting = asyncio.ensure_future(take(events, 1))
        await asyncio.sleep(0.1)
        assert not waiting.done(), "nothing has happened"
        touch(sessions, job_id)
        assert await waiting == ["progress"]
        with sessions.begin() as session:
            log_event(session, job_id, "note", "Without a change of the job.")
        assert await take(events, 1) == ["log"]
        with sessions.begin() as session:
            cancel_job(session, job_id, owner="local")
        assert await take(events, 3) == ["log", "progress", "finished"]
        with pytest.raises(StopAsyncIteration):
            await anext(events)

    asyncio.run(scenario())


def test_silence_has_a_heartbeat(sessions: sessionmaker[Session], watch: JobWatch, job_id: UUID) -> None:
    async def scenario() -> None:
        events = job_events(sessions, watch, job_id, Told(), encode, heartbeat_s=0.05, owner="local")
        assert await take(events, 5) == ["retry: 2000", "log", "progress", ": heartbeat", ": heartbeat"]

    asyncio.run(scenario())


def test_events_end_with_the_job(sessions: sessionmaker[Session], watch: JobWatch, job_id: UUID) -> None:
    async def scenario() -> None:
        events = job_events(sessions, watch, job_id, Told(), encode, owner="local")
        await take(events, 3)
        with sessions.begin() as session:
            mark_deleted(session, job_id, owner="local")
        async with asyncio.timeout(10):
            assert [each async for each in events] == []

    asyncio.run(scenario())


def test_one_query_for_all_who_wait(parts: Parts, sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        jobs = [make_job(session).id for _ in range(20)]
    asked: list[str] = []
    sql_event.listen(parts.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))

    async def scenario() -> None:
        watch = JobWatch(sessions, every_s=60)
        seen = [Mark(1, 0, finished=False)] * 20  # the log has a line: news for everybody
        async with asyncio.timeout(10):
            marks = await asyncio.gather(*(watch.changed(*each) for each in zip(jobs * 5, seen * 5, strict=True)))
        assert all(mark is not None and mark.revision == 1 and mark.log_id for mark in marks)

    asyncio.run(scenario())
    assert len([each for each in asked if "FROM jobs" in each]) == 1


def test_who_waits_holds_no_connection(parts: Parts, watch: JobWatch, job_id: UUID) -> None:
    async def scenario() -> None:
        mark = await watch.changed(job_id, None)
        waiters = [asyncio.ensure_future(watch.changed(job_id, mark)) for _ in range(100)]
        await asyncio.sleep(0.2)
        assert not any(each.done() for each in waiters)
        await asyncio.to_thread(touch, parts.sessions, job_id)
        async with asyncio.timeout(10):
            news = await asyncio.gather(*waiters)
        assert {each.revision for each in news if each} == {2}
        assert parts.engine.pool.checkedout() <= 1  # type: ignore[attr-defined]  # a QueuePool

    asyncio.run(scenario())


def test_waiting_for_the_end(sessions: sessionmaker[Session], watch: JobWatch, job_id: UUID) -> None:
    async def scenario() -> None:
        async with asyncio.timeout(10):
            await watch.finished(uuid4(), 30)  # there is none
            await watch.finished(job_id, 0.1)  # it is not
            waiting = asyncio.ensure_future(watch.finished(job_id, 30))
            touch(sessions, job_id)
            await asyncio.sleep(0.1)
            assert not waiting.done(), "it has only begun"
            touch(sessions, job_id, "completed")
            await waiting

    asyncio.run(scenario())


def test_waiters_outlast_a_database_that_is_away(
    sessions: sessionmaker[Session], watch: JobWatch, job_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, look = 0, watch._marks

    def sometimes(job_ids: set[UUID]) -> dict[UUID, Mark]:
        nonlocal asked
        asked += 1
        if asked < 3:
            raise OperationalError("SELECT", {}, ConnectionError())
        return look(job_ids)

    monkeypatch.setattr(watch, "_marks", sometimes)

    async def scenario() -> None:
        async with asyncio.timeout(10):
            assert await watch.changed(job_id, None) is not None

    asyncio.run(scenario())
    assert asked == 3
