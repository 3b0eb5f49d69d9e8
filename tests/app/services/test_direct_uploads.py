"""Direct uploads as rows, and what happens when two do something to one at once."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, update
from sqlalchemy.orm import Session, sessionmaker

from app.core.database import make_sessions
from app.core.errors import StorageUnavailable
from app.core.principal import local_principal
from app.models import Upload
from app.services import direct_uploads
from app.services.direct_uploads import MOST_PARTS, PART_BYTES, NewUpload, begin_upload, part_sizes
from app.services.received_object import UploadIncomplete
from app.services.sources import UploadNotComplete, UploadNotFound, held_upload
from app.services.storage.local import LocalStore
from app.services.upload_storage import complete_upload, discard_upload, open_multipart, sweep_uploads
from tests.app.api.test_upload import MP4
from tests.app.conftest import files_in

GIB = 1 << 30
ME = local_principal()


@pytest.mark.parametrize(
    ("size_bytes", "count"),
    [(100_000_001, 2), (2 * PART_BYTES, 2), (2 * PART_BYTES + 1, 3), (8 * GIB, 128), (5000 * GIB, MOST_PARTS)],
)
def test_parts(size_bytes: int, count: int) -> None:
    sizes = part_sizes(size_bytes)
    assert (len(sizes), sum(sizes)) == (count, size_bytes)
    assert len(set(sizes[:-1])) == 1
    assert 0 < sizes[-1] <= sizes[0]
    assert 5 << 20 <= sizes[0] <= 5 * GIB, "what S3 takes"


class Rigged(LocalStore):
    """The real one, with something done to the row while the object is read."""

    meanwhile: Callable[[], None] | None = None
    after_reading = False
    broken = False

    def sha256_of(self, key: str) -> str:
        action, self.meanwhile = self.meanwhile, None
        found = super().sha256_of(key) if self.after_reading else ""
        if action is not None:
            action()
        return found or super().sha256_of(key)

    def delete(self, key: str) -> None:
        if self.broken:
            raise StorageUnavailable("It is down.")
        super().delete(key)


@pytest.fixture
def store(tmp_path: Path) -> Rigged:
    return Rigged(tmp_path / "objects", b"secret")


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    return make_sessions(engine)


def begun(sessions: sessionmaker[Session], content: bytes = MP4) -> Upload:
    new = NewUpload("a.mp4", len(content), hashlib.sha256(content).hexdigest())
    with sessions.begin() as session:
        return begin_upload(session, new, owner="local", max_bytes=GIB, expiry_s=3600)


def put(store: LocalStore, upload: Upload, content: bytes = MP4) -> None:
    path = store.incoming_dir() / "put"
    path.write_bytes(content)
    store.put_file(upload.object_key, path, "video/mp4")


def complete(sessions: sessionmaker[Session], store: LocalStore, upload: Upload) -> Upload:
    return complete_upload(sessions, store, upload.id, ME, expiry_s=7200)


def set_row(sessions: sessionmaker[Session], upload_id: UUID, **values: Any) -> None:
    with sessions.begin() as session:
        session.execute(update(Upload).where(Upload.id == upload_id).values(**values))


@pytest.mark.parametrize("after", [False, True])
def test_dropped_while_it_is_verified(
    sessions: sessionmaker[Session], store: Rigged, tmp_path: Path, after: bool
) -> None:
    upload = begun(sessions)
    put(store, upload)
    store.after_reading = after
    store.meanwhile = lambda: discard_upload(sessions, store, upload.id, ME)
    with pytest.raises(UploadNotFound):
        complete(sessions, store, upload)
    assert files_in(tmp_path) == []


def test_completed_twice_at_once(sessions: sessionmaker[Session], store: Rigged) -> None:
    upload = begun(sessions)
    put(store, upload)
    inner: list[Upload] = []
    store.meanwhile = lambda: inner.append(complete(sessions, store, upload))
    outer = complete(sessions, store, upload)
    assert (inner[0].status, outer.status, outer.expires_at) == ("complete", "complete", inner[0].expires_at)


def test_gone_while_it_is_verified(sessions: sessionmaker[Session], store: Rigged) -> None:
    upload = begun(sessions)
    put(store, upload)
    store.meanwhile = lambda: store.delete(upload.object_key)
    with pytest.raises(UploadIncomplete):
        complete(sessions, store, upload)
    put(store, upload)
    assert complete(sessions, store, upload).status == "complete"


def test_the_sweep_lets_a_verification_end(sessions: sessionmaker[Session], store: Rigged) -> None:
    upload = begun(sessions)
    put(store, upload)
    set_row(sessions, upload.id, expires_at=datetime.now(UTC) + timedelta(seconds=5))
    real = datetime.now(UTC)
    store.meanwhile = lambda: sweep_as_of(sessions, store, upload, real + timedelta(minutes=30))
    assert complete(sessions, store, upload).status == "complete"
    assert store.info(upload.object_key) is not None


def sweep_as_of(sessions: sessionmaker[Session], store: LocalStore, upload: Upload, then: datetime) -> None:
    """As if it were ``then``: the row's end comes nearer by so much, and goes back after the sweep."""
    ahead = then - datetime.now(UTC)
    with sessions() as session:
        ends = session.get_one(Upload, upload.id).expires_at
    assert ends is not None
    set_row(sessions, upload.id, expires_at=ends - ahead)
    sweep_uploads(sessions, store)
    set_row(sessions, upload.id, expires_at=ends)


def test_a_job_begins_with_a_complete_one_only(sessions: sessionmaker[Session], store: Rigged) -> None:
    upload = begun(sessions)
    put(store, upload)
    with sessions.begin() as session, pytest.raises(UploadNotComplete):
        held_upload(session, upload.id, owner="local")
    complete(sessions, store, upload)
    with sessions.begin() as session:
        assert held_upload(session, upload.id, owner="local").content_type == "video/mp4"
    discard_upload(sessions, store, upload.id, ME)
    with sessions.begin() as session, pytest.raises(UploadNotFound):
        held_upload(session, upload.id, owner="local")


def test_objects_first_rows_after(sessions: sessionmaker[Session], store: Rigged, tmp_path: Path) -> None:
    upload = begun(sessions)
    put(store, upload)
    set_row(sessions, upload.id, expires_at=datetime.now(UTC) - timedelta(seconds=1))
    store.broken = True
    sweep_uploads(sessions, store)
    with sessions() as session:
        assert session.get_one(Upload, upload.id).deleted_at is not None
    store.broken = False
    sweep_uploads(sessions, store)
    with sessions() as session:
        assert session.get(Upload, upload.id) is None
    assert files_in(tmp_path) == []


def test_a_request_killed_before_the_parts_were_named(
    sessions: sessionmaker[Session], store: Rigged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct_uploads, "MULTIPART_ABOVE_BYTES", 10)
    upload = begun(sessions)
    with pytest.raises(UploadIncomplete):
        complete(sessions, store, upload)
    store.begin_multipart(upload.object_key, "video/mp4")  # and nobody wrote its name down
    name = open_multipart(sessions, store, upload)
    with sessions() as session:
        row = session.get_one(Upload, upload.id)
        assert (row.store_upload_id, open_multipart(sessions, store, row)) == (name, name)
    set_row(sessions, upload.id, expires_at=datetime.now(UTC) - timedelta(seconds=1), store_upload_id=None)
    sweep_uploads(sessions, store)
    assert [
        path for path in tmp_path.rglob("*") if path.name not in ("objects", ".parts", ".incoming", "uploads")
    ] == []
