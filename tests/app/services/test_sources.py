"""Uploads that jobs begin to need while others let them go, and what a source is called."""

import threading
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session, sessionmaker

from app.api.deps import Parts
from app.core.errors import ForbiddenUrl
from app.core.settings import Settings
from app.models import Job, Upload
from app.services.deletion import purge_job
from app.services.job_control import mark_deleted
from app.services.jobs import create_job
from app.services.sources import UploadNotFound, checked_field, held_upload, made_file, remote_upload, source_key
from tests.app.job_factory import finished_job, make_job

pytestmark = pytest.mark.stack
NEW = {"kind": "highlights", "options": {}, "retention": timedelta(days=1), "owner": "local"}


def used_once(sessions: sessionmaker[Session]) -> tuple[UUID, UUID]:
    with sessions.begin() as session:
        job = make_job(session)
        assert job.upload_id is not None
        return job.id, job.upload_id


def test_an_upload_that_a_job_begins_to_need_stays(parts: Parts) -> None:
    """The last job goes while another is being made: whoever locks the upload first decides."""
    old, upload_id = used_once(parts.sessions)
    with parts.sessions.begin() as session:
        mark_deleted(session, old, owner="local")
    purging = threading.Thread(target=purge_job, args=(parts.sessions, parts.store, old))
    with parts.sessions.begin() as session:
        upload = held_upload(session, upload_id, owner="local")
        purging.start()
        purging.join(0.5)
        assert purging.is_alive(), "the purge waits for the upload"
        new = create_job(session, upload=upload, **NEW).id  # type: ignore[arg-type]  # a dict of several types
    purging.join(20)
    with parts.sessions() as session:
        assert session.get(Job, old) is None
        assert session.get_one(Upload, upload_id).deleted_at is None
        assert session.get_one(Job, new).upload_id == upload_id


def test_an_upload_that_has_gone_makes_no_job(parts: Parts) -> None:
    old, upload_id = used_once(parts.sessions)
    with parts.sessions.begin() as session:
        mark_deleted(session, old, owner="local")
    assert purge_job(parts.sessions, parts.store, old)
    with parts.sessions() as session, pytest.raises(UploadNotFound):
        held_upload(session, upload_id, owner="local")


@pytest.mark.parametrize(
    ("path", "filename", "suffix"),
    [
        ("/talks/Week%201.MP4", "Week 1.MP4", "mp4"),
        ("/watch", "watch", "bin"),
        ("/", "recording", "bin"),
        ("/a/..%2F..%2Fetc%2Fpasswd.mkv", "passwd.mkv", "mkv"),
        ("/lecture.exe", "lecture.exe", "bin"),
    ],
)
def test_a_remote_recording_is_called_after_its_path(session: Session, path: str, filename: str, suffix: str) -> None:
    url = f"https://example.org{path}?key=1"
    upload, told = remote_upload(session, url, owner="local", secret=b"a secret of tests")
    assert (upload.filename, upload.status) == (filename, "remote")
    assert upload.object_key == source_key(upload.id, filename) == f"uploads/{upload.id.hex}/source.{suffix}"
    assert "key=1" not in str(told)


def test_a_copy_has_a_key_of_its_own(parts: Parts, tmp_path: Path) -> None:
    with parts.sessions.begin() as session:
        job_id = finished_job(session, parts.store, tmp_path).id
        file = made_file(session, job_id, "clips/2/audio", owner="local")
    upload_id, copy = file.copy()
    assert copy.object_key == f"uploads/{upload_id.hex}/source.m4a"
    assert (copy.filename, copy.sha256, copy.size_bytes) == (file.filename, file.sha256, file.size_bytes)
    assert file.copy()[0] != upload_id


def test_a_url_that_is_refused_names_its_field(settings: Settings) -> None:
    with pytest.raises(ForbiddenUrl) as caught:
        checked_field(f"http://10.0.0.1/{uuid4()}?token=secret", "body.webhook_url", settings)
    assert [each.field for each in caught.value.errors] == ["body.webhook_url"]
    assert "token" not in caught.value.detail
