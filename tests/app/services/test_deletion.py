"""Deleted jobs lose their objects and rows, whatever comes between."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.api.deps import Parts
from app.core.errors import StorageUnavailable
from app.core.settings import Settings
from app.models import Artifact, Clip, Job, JobStep, ProcessingLog, Upload
from app.services.deletion import purge_job, purgeable_jobs
from app.services.job_control import mark_deleted
from app.services.jobs import create_job
from app.services.storage.local import LocalStore
from tests.app.conftest import files_in
from tests.app.job_factory import finished_job, step

pytestmark = pytest.mark.stack
OBJECTS = 18
"""Of a finished job: the recording, the captions, and all that was made of them."""


@pytest.fixture
def made(parts: Parts, tmp_path: Path) -> tuple[UUID, UUID]:
    """A finished job and its upload, with all objects they have."""
    with parts.sessions.begin() as session:
        job = finished_job(session, parts.store, tmp_path)
        upload = session.get_one(Upload, job.upload_id)
        upload.captions_key = upload.object_key.replace("source.mp4", "captions.srt")
        for key in (upload.object_key, upload.captions_key):
            path = tmp_path / "object"
            path.write_bytes(b"media")
            parts.store.put_file(key, path, "video/mp4")
        return job.id, upload.id


def mark(sessions: sessionmaker[Session], job_id: UUID) -> None:
    with sessions.begin() as session:
        mark_deleted(session, job_id, owner="local")


def second_job(sessions: sessionmaker[Session], upload_id: UUID) -> UUID:
    with sessions.begin() as session:
        upload = session.get_one(Upload, upload_id)
        return create_job(
            session, kind="highlights", upload=upload, options={}, retention=timedelta(days=1), owner="local"
        ).id


def rows_left(sessions: sessionmaker[Session], job_id: UUID, upload_id: UUID) -> list[str]:
    with sessions() as session:
        tables = (JobStep, ProcessingLog, Clip, Artifact)
        left = [t.__tablename__ for t in tables if session.scalars(select(t).where(t.job_id == job_id)).first()]
        left += ["jobs"] if session.get(Job, job_id) else []
        return left + (["uploads"] if session.get(Upload, upload_id) else [])


def test_nothing_is_left(parts: Parts, settings: Settings, made: tuple[UUID, UUID]) -> None:
    assert len(files_in(settings.object_dir)) == OBJECTS
    assert not purge_job(parts.sessions, parts.store, made[0]), "it is not marked"
    assert len(files_in(settings.object_dir)) == OBJECTS
    mark(parts.sessions, made[0])
    assert purge_job(parts.sessions, parts.store, made[0])
    assert files_in(settings.object_dir) == []
    assert rows_left(parts.sessions, *made) == []
    assert purge_job(parts.sessions, parts.store, made[0]), "again is no error"


def test_a_recording_that_another_job_needs_is_kept(parts: Parts, settings: Settings, made: tuple[UUID, UUID]) -> None:
    other = second_job(parts.sessions, made[1])
    mark(parts.sessions, made[0])
    assert purge_job(parts.sessions, parts.store, made[0])
    assert sorted(path.name for path in files_in(settings.object_dir)) == ["captions.srt", "source.mp4"]
    assert rows_left(parts.sessions, *made) == ["uploads"]
    mark(parts.sessions, other)
    assert purge_job(parts.sessions, parts.store, other)
    assert files_in(settings.object_dir) == []
    assert rows_left(parts.sessions, other, made[1]) == []


def test_jobs_of_one_recording_that_go_at_once(parts: Parts, settings: Settings, made: tuple[UUID, UUID]) -> None:
    jobs = [made[0], *(second_job(parts.sessions, made[1]) for _ in range(5))]

    def go(job_id: UUID) -> bool:
        mark(parts.sessions, job_id)
        return purge_job(parts.sessions, parts.store, job_id)

    with ThreadPoolExecutor(len(jobs)) as pool:
        assert all(pool.map(go, jobs))
    assert files_in(settings.object_dir) == []
    assert rows_left(parts.sessions, *made) == []


@pytest.mark.parametrize("after", range(OBJECTS))
def test_an_interrupted_deletion_is_finished_later(
    parts: Parts, settings: Settings, made: tuple[UUID, UUID], monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    mark(parts.sessions, made[0])
    with monkeypatch.context() as patch:
        patch.setattr(LocalStore, "delete", failing_after(after, LocalStore.delete))
        with pytest.raises(StorageUnavailable):
            purge_job(parts.sessions, parts.store, made[0])
    assert len(files_in(settings.object_dir)) == OBJECTS - after
    with parts.sessions() as session:
        assert made[0] in purgeable_jobs(session)
    assert purge_job(parts.sessions, parts.store, made[0])
    assert files_in(settings.object_dir) == []
    assert rows_left(parts.sessions, *made) == []


def failing_after(calls: int, delete: Callable[[LocalStore, str], None]) -> Callable[[LocalStore, str], None]:
    left = calls

    def maybe(store: LocalStore, key: str) -> None:
        nonlocal left
        if left == 0:
            raise StorageUnavailable("The store went away.")
        left -= 1
        delete(store, key)

    return maybe


def test_a_running_step_keeps_its_files(parts: Parts, settings: Settings, made: tuple[UUID, UUID]) -> None:
    with parts.sessions.begin() as session:
        job = session.get_one(Job, made[0])
        job.status, step(job, "uploading").status = "running", "running"
        step(job, "uploading").lease_expires_at = datetime.now(UTC) + timedelta(seconds=20)
    mark(parts.sessions, made[0])
    assert not purge_job(parts.sessions, parts.store, made[0])
    assert len(files_in(settings.object_dir)) == OBJECTS
    with parts.sessions.begin() as session:
        assert made[0] not in purgeable_jobs(session)
        step(session.get_one(Job, made[0]), "uploading").lease_expires_at = None
    assert purge_job(parts.sessions, parts.store, made[0])
    assert files_in(settings.object_dir) == []
