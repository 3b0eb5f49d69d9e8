"""Objects that no row speaks of go, once they are too old to be on their way; all others stay."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker
from uuid_utils.compat import uuid7

from app.models import Artifact, Job, Upload
from app.services.storage.local import LocalStore
from pipeline.strays import drop_strays
from tests.pipeline.conftest import submit

pytestmark = pytest.mark.stack
OLD = UUID("0190a000-0000-7000-8000-000000000001")


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "objects", b"a secret of tests")


def put(store: LocalStore, tmp_path: Path, *keys: str) -> None:
    for key in keys:
        path = tmp_path / "file"
        path.write_text(key)
        store.put_file(key, path, "text/plain")


def artifact(job_id: UUID, key: str) -> Artifact:
    return Artifact(
        job_id=job_id,
        step="uploading",
        fence=1,
        name=key,
        filename="x",
        content_type="text/plain",
        object_key=key,
        size_bytes=1,
        sha256="0" * 64,
    )


def test_only_what_is_old_and_unknown_goes(sessions: sessionmaker[Session], store: LocalStore, tmp_path: Path) -> None:
    finished, running = submit(sessions, "uploads/a/x.mp4"), submit(sessions, "uploads/b/x.mp4")
    with sessions.begin() as session:
        upload_id = session.query(Upload).filter_by(object_key="uploads/a/x.mp4").one().id
        session.get_one(Job, finished).status = "completed"
        session.add(artifact(finished, f"jobs/{finished}/uploading/1/kept.txt"))
    kept = {
        f"jobs/{finished}/uploading/1/kept.txt",
        f"jobs/{running}/uploading/1/on-its-way.txt",
        f"uploads/{upload_id.hex}/source.mp4",
        f"uploads/{upload_id.hex}/parts/1",
    }
    strays = {
        f"jobs/{finished}/uploading/2/lost.txt",
        f"jobs/{OLD}/uploading/1/gone.txt",
        f"uploads/{OLD.hex}/source.mp4",
    }
    put(store, tmp_path, *kept, *strays)
    assert drop_strays(sessions, store) == 2, "the finished job is younger than a day"
    assert drop_strays(sessions, store, young=timedelta(days=-1)) == 1
    assert set(store.keys("jobs/")) | set(store.keys("uploads/")) == kept


def test_a_young_upload_is_on_its_way(sessions: sessionmaker[Session], store: LocalStore, tmp_path: Path) -> None:
    put(store, tmp_path, f"uploads/{uuid7().hex}/source.mp4")
    assert drop_strays(sessions, store) == 0


def test_many_objects_are_looked_at_in_turn(
    sessions: sessionmaker[Session], store: LocalStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.strays.AT_ONCE", 3)
    put(store, tmp_path, *(f"jobs/{OLD}/step/{n}/x" for n in range(10)))
    assert drop_strays(sessions, store) == 10
    with sessions.begin() as session:
        assert session.execute(text("SELECT 1")).scalar() == 1
