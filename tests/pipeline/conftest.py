"""Jobs in a database of their own, as the engine finds them."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from app.core.database import make_engine, make_sessions
from app.core.migrations import upgrade
from app.models import Job, JobStep, Upload
from app.services.jobs import create_job
from tests.conftest import new_database


@pytest.fixture(scope="module")
def own_engine(postgres_url: str) -> Iterator[Engine]:
    engine = make_engine(new_database(postgres_url))
    upgrade(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(own_engine: Engine) -> Iterator[sessionmaker[Session]]:
    """Real commits; the tables are empty again afterwards."""
    factory = make_sessions(own_engine)
    yield factory
    with factory.begin() as session:
        for job in session.query(Job):
            session.delete(job)
        session.query(Upload).delete()


@pytest.fixture
def job_id(sessions: sessionmaker[Session]) -> UUID:
    """A submitted highlights job."""
    return submit(sessions)


def submit(sessions: sessionmaker[Session], key: str = "uploads/a/source.mp4") -> UUID:
    with sessions.begin() as session:
        upload = Upload(
            owner="local",
            filename="a.mp4",
            content_type="video/mp4",
            size_bytes=10,
            sha256="0" * 64,
            object_key=key,
        )
        session.add(upload)
        session.flush()
        return create_job(
            session, kind="highlights", upload=upload, options={}, retention=timedelta(days=1), owner="local"
        ).id


def step_of(sessions: sessionmaker[Session], job_id: UUID, name: str) -> JobStep:
    with sessions.begin() as session:
        return session.query(JobStep).filter_by(job_id=job_id, name=name).one()


def job_of(sessions: sessionmaker[Session], job_id: UUID) -> Job:
    with sessions.begin() as session:
        return session.get_one(Job, job_id)
