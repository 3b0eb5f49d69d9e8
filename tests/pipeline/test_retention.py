"""What is over goes: expired jobs, deleted jobs with their objects, and what killed processes left on disk."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.orm import Session, sessionmaker

from app.core.errors import StorageUnavailable
from app.core.settings import Settings
from app.models import Artifact, Job, Upload
from app.services.storage.local import LocalStore
from pipeline import lease
from pipeline.analyzers.answer_cache import FOLDER
from pipeline.retention import drop_orphans, expire, purge
from pipeline.tidy import tidy, workspace_name
from tests.pipeline.conftest import job_of

pytestmark = pytest.mark.stack
Sessions = sessionmaker[Session]


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "objects", b"secret")


def put(store: LocalStore, key: str) -> None:
    path = store.incoming_dir() / "new"
    path.write_bytes(b"x")
    store.put_file(key, path, "application/octet-stream")


def give_artifact(sessions: Sessions, store: LocalStore, job_id: UUID, key: str) -> None:
    put(store, key)
    with sessions.begin() as session:
        artifact = Artifact(
            job_id=job_id,
            step="segment_extraction",
            fence=1,
            name="plan.json",
            filename="plan.json",
            content_type="application/json",
            object_key=key,
            size_bytes=1,
            sha256="0" * 64,
        )
        session.add(artifact)


def change(sessions: Sessions, job_id: UUID, **values: object) -> None:
    with sessions.begin() as session:
        job = session.get_one(Job, job_id)
        for name, value in values.items():
            setattr(job, name, value)


def test_only_finished_jobs_past_their_time_expire(sessions: Sessions, job_id: UUID) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    assert expire(sessions) == []
    change(sessions, job_id, expires_at=past)
    assert expire(sessions) == [], "it is not finished"
    change(sessions, job_id, status="completed")
    assert expire(sessions) == [job_id]
    assert expire(sessions) == []
    assert job_of(sessions, job_id).deleted_at is not None


def test_a_deleted_job_goes_with_its_objects(sessions: Sessions, store: LocalStore, job_id: UUID) -> None:
    put(store, "uploads/a/source.mp4")
    give_artifact(sessions, store, job_id, "jobs/a/plan.json")
    assert purge(sessions, store) == 0
    change(sessions, job_id, deleted_at=datetime.now(UTC), status="completed")
    assert purge(sessions, store) == 1
    assert store.info("jobs/a/plan.json") is None
    assert store.info("uploads/a/source.mp4") is None
    with sessions.begin() as session:
        assert session.get(Job, job_id) is None
        assert session.query(Upload).count() == 0


def test_an_interrupted_deletion_is_finished_later(
    sessions: Sessions, store: LocalStore, job_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_artifact(sessions, store, job_id, "jobs/a/plan.json")
    change(sessions, job_id, deleted_at=datetime.now(UTC), status="completed")

    def fail(_key: str) -> None:
        raise StorageUnavailable("The store is away.")

    with monkeypatch.context() as broken:
        broken.setattr(store, "delete", fail)
        assert purge(sessions, store) == 0
    assert store.info("jobs/a/plan.json") is not None
    assert purge(sessions, store) == 1
    assert store.info("jobs/a/plan.json") is None


def test_what_a_lost_run_stored_is_removed_once_the_job_is_finished(
    sessions: Sessions, store: LocalStore, job_id: UUID
) -> None:
    give_artifact(sessions, store, job_id, f"jobs/{job_id}/uploading/2/plan.json")
    put(store, f"jobs/{job_id}/uploading/1/plan.json")
    put(store, f"jobs/{job_id}/{FOLDER}/answer.json")
    for _ in range(2):
        with sessions.begin() as session:
            held = lease.claim(session, job_id, "uploading")
            assert held is not None
            lease.hand_back(session, held)
    known: set[UUID] = set()
    assert drop_orphans(sessions, store, known) == 0, "the job goes on"
    change(sessions, job_id, status="failed", finished_at=datetime.now(UTC))
    assert drop_orphans(sessions, store, set()) == 1, "what was paid for stays for a retry"
    change(sessions, job_id, status="completed", finished_at=datetime.now(UTC))
    assert drop_orphans(sessions, store, known) == 1
    assert list(store.keys(f"jobs/{job_id}/")) == [f"jobs/{job_id}/uploading/2/plan.json"]
    assert drop_orphans(sessions, store, known) == 0


def test_a_job_whose_step_runs_stays_until_it_has_ended(sessions: Sessions, store: LocalStore, job_id: UUID) -> None:
    with sessions.begin() as session:
        held = lease.claim(session, job_id, "uploading")
    assert held is not None
    change(sessions, job_id, deleted_at=datetime.now(UTC))
    assert purge(sessions, store) == 0
    with sessions.begin() as session:
        lease.hand_back(session, held)
    assert purge(sessions, store) == 1


def test_leftovers_of_killed_processes_are_removed_and_what_is_held_stays(
    sessions: Sessions, job_id: UUID, tmp_path: Path
) -> None:
    settings = Settings(data_dir=tmp_path, _env_file=None)
    with sessions.begin() as session:
        held = lease.claim(session, job_id, "uploading")
    assert held is not None
    steps = settings.work_dir / "steps"
    kept = steps / workspace_name(job_id, "uploading", held.fence)
    lost = [
        steps / workspace_name(job_id, "uploading", held.fence - 1),
        steps / workspace_name(job_id, "video_compilation/2", 1),
        steps / "nobody-knows",
    ]
    for folder in (kept, *lost):
        folder.mkdir(parents=True)
        (folder / "source.mp4").write_bytes(b"x")
    incoming = settings.object_dir / ".incoming"
    incoming.mkdir(parents=True)
    (incoming / "new").write_bytes(b"x")
    (incoming / "old").write_bytes(b"x")
    two_days_ago = time.time() - 2 * 86400
    os.utime(incoming / "old", (two_days_ago, two_days_ago))
    assert tidy(settings, sessions) == 4
    assert [p.name for p in steps.iterdir()] == [kept.name]
    assert [p.name for p in incoming.iterdir()] == ["new"]
    assert tidy(settings, sessions) == 0
