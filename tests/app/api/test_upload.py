"""POST /upload: what is stored and recorded, and what is refused with nothing left behind."""

import hashlib
import json
import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.core.errors import StorageUnavailable
from app.core.settings import Settings
from app.main import create_app
from app.models import Job, ProcessingLog, Upload
from app.services.storage.local import LocalStore
from app.services.webhooks import url_sealer
from tests.app.conftest import files_in, make_settings

pytestmark = pytest.mark.stack

MP4 = b"\x00\x00\x00\x20ftypisom" + bytes(range(256)) * 100
SRT = b"1\n00:00:01,000 --> 00:00:02,000\nHi\n"
PATH = "/api/v1/upload"


def send(client: TestClient, content: bytes = MP4, name: str = "lecture.mp4", **more: Any) -> Any:
    files = {"file": (name, content, "application/x-lies"), **more.pop("files", {})}
    return client.post(PATH, files=files, **more)


def problem(response: Any, status: int, code: str) -> dict[str, Any]:
    assert response.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert (response.status_code, document["status"], document["code"]) == (status, status, code), document
    assert document["request_id"] == response.headers["x-request-id"]
    return document


@pytest.fixture
def nothing_left(settings: Settings) -> Any:
    yield
    assert files_in(settings.object_dir) == []


def test_a_recording_becomes_a_job(
    client: TestClient, sessions: sessionmaker[Session], parts: Parts, settings: Settings
) -> None:
    answer = send(
        client,
        name="../../Vorlesung über Haufen.MP4",
        files={"captions": ("a.srt", SRT)},
        data={"options": '{"max_clips": 3, "expires_in_s": 7200}'},
    )
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert answer.headers["location"] == job["urls"]["self"] == f"/api/v1/jobs/{job['id']}"
    assert int(answer.headers["retry-after"]) >= 1
    assert (job["status"], job["kind"], job["stage"], job["progress"]) == ("queued", "highlights", "uploading", 0.0)
    assert job["source"] == {
        "filename": "Vorlesung über Haufen.MP4",
        "size_bytes": len(MP4),
        "duration_s": None,
        "size": None,
        "url": None,
    }
    assert job["options"]["max_clips"] == 3
    with sessions() as session:
        row = session.get_one(Job, job["id"])
        upload = session.scalars(select(Upload).where(Upload.id == row.upload_id)).one()
        assert row.expires_at is not None
        assert 7100 < (row.expires_at - row.created_at).total_seconds() < 7300
        assert upload.sha256 == hashlib.sha256(MP4).hexdigest()
        assert (upload.size_bytes, upload.content_type) == (len(MP4), "video/mp4")
        events = session.scalars(select(ProcessingLog.event).where(ProcessingLog.job_id == row.id)).all()
        assert events == ["job_submitted"]
        stored = parts.store.local_path(upload.object_key)
        captions = parts.store.local_path(upload.captions_key or "")
    assert stored is not None
    assert stored.read_bytes() == MP4
    assert stored.name == "source.mp4"
    assert captions is not None
    assert captions.read_bytes() == SRT
    assert files_in(settings.object_dir) == sorted([stored, captions])
    assert client.get(answer.headers["location"]).json()["id"] == job["id"]


def test_options_may_come_after_the_file(client: TestClient) -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n' + MP4 + b"\r\n"
        b'--b\r\nContent-Disposition: form-data; name="options"\r\n\r\n{"max_clips": 2}\r\n--b--\r\n'
    )
    answer = client.post(PATH, content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.json()["options"]["max_clips"] == 2


def test_an_empty_captions_field_is_none(client: TestClient) -> None:
    assert send(client, files={"captions": ("", b"")}).status_code == 202


def test_a_recording_without_a_name(client: TestClient, sessions: sessionmaker[Session]) -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\n' + MP4 + b"\r\n--b--\r\n"
    answer = client.post(PATH, content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert answer.json()["source"]["filename"] == "upload"


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"", "a.mp4", 422, "empty_file"),
        (b"#EXTM3U\nfile:///etc/passwd\n", "a.mp4", 415, "unsupported_media"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20_000), "a.mp4", 415, "unsupported_media"),
        (b"hello", "notes.txt", 415, "unsupported_media"),
        (bytes(500), "a.xyz", 415, "unsupported_media"),
        (MP4 + bytes(1_000_000), "a.mp4", 413, "file_too_large"),
    ],
)
def test_refused_files(client: TestClient, content: bytes, name: str, status: int, code: str) -> None:
    problem(send(client, content, name), status, code)


def test_as_large_as_allowed(client: TestClient) -> None:
    assert send(client, MP4 + bytes(1_000_000 - len(MP4))).status_code == 202


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.parametrize(
    ("more", "status", "code", "field"),
    [
        ({"data": {"options": '{"max_clips": 99}'}}, 422, "invalid_request", "body.options.max_clips"),
        ({"data": {"options": "{"}}, 422, "invalid_request", "body.options"),
        ({"data": {"options": "[" * 70_000}}, 413, "file_too_large", None),
        ({"data": {"max_clips": "3"}}, 422, "invalid_request", "body.max_clips"),
        ({"files": {"captions": ("a.srt", b"nonsense")}}, 422, "invalid_captions", None),
        ({"files": {"captions": ("a.srt", SRT * 200_000)}}, 413, "file_too_large", None),
    ],
)
def test_refused_parts(client: TestClient, more: dict[str, Any], status: int, code: str, field: str | None) -> None:
    errors = problem(send(client, **more), status, code)["errors"]
    assert [each["field"] for each in errors] == ([field] if field else [])


@pytest.mark.usefixtures("nothing_left")
def test_refused_bodies(client: TestClient) -> None:
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n' + MP4 + b"\r\n"
    form = {"Content-Type": "multipart/form-data; boundary=b"}
    problem(client.post(PATH, content=part * 2 + b"--b--\r\n", headers=form), 422, "invalid_request")
    problem(client.post(PATH, content=part, headers=form), 400, "malformed_body")
    problem(client.post(PATH, content=b"--b--\r\n", headers=form), 422, "invalid_request")
    problem(client.post(PATH, content=b"", headers=form), 400, "malformed_body")
    problem(client.post(PATH, content=part, headers={"Content-Type": "multipart/form-data"}), 400, "malformed_body")
    problem(client.post(PATH, content=MP4, headers={"Content-Type": "video/mp4"}), 415, "unsupported_content_type")
    problem(client.post(PATH, json={}), 415, "unsupported_content_type")
    problem(client.post(PATH), 415, "unsupported_content_type")
    problem(client.get(PATH), 405, "method_not_allowed")


def test_the_announced_length_is_enough_to_refuse(client: TestClient) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Content-Length": "99999999"}
    assert problem(client.post(PATH, content=b"", headers=headers), 413, "file_too_large")["detail"]


@pytest.mark.usefixtures("nothing_left")
def test_a_store_that_fails_leaves_no_job(
    client: TestClient, sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StorageUnavailable("The disk is full.")

    monkeypatch.setattr(LocalStore, "put_file", refuse)
    answer = send(client, name="lost.mp4")
    problem(answer, 503, "storage_unavailable")
    assert answer.headers["retry-after"]
    with sessions() as session:
        assert session.scalars(select(Upload).where(Upload.filename == "lost.mp4")).all() == []


@pytest.mark.usefixtures("nothing_left")
def test_a_commit_that_fails_leaves_no_object(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Session) -> None:
        raise RuntimeError("the secret inside")

    monkeypatch.setattr(Session, "commit", fail)
    answer = send(client, files={"captions": ("a.srt", SRT)})
    assert "secret" not in answer.text
    problem(answer, 500, "internal_error")


def test_a_broker_that_is_down_loses_nothing(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = make_settings(database_url=database_url, data_dir=tmp_path, broker_url="redis://127.0.0.1:1/0")
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client, caplog.at_level(logging.WARNING):
        answer = send(client)
        assert answer.status_code == 202
        assert client.get(answer.headers["location"]).json()["status"] == "queued"


def test_the_file_broker_is_rung_after_the_commit(database_url: str, tmp_path: Path) -> None:
    settings = make_settings(database_url=database_url, data_dir=tmp_path)
    with TestClient(create_app(settings), base_url="http://127.0.0.1") as client:
        job_id = send(client).json()["id"]
    messages = [path.read_text() for path in files_in(settings.broker_dir) if path.stat().st_size]
    assert any(json.loads(each)["headers"]["task"] == "lectern.continue_job" and job_id in each for each in messages)


def test_a_webhook_is_kept_sealed(client: TestClient, sessions: sessionmaker[Session], parts: Parts) -> None:
    hook = "https://hooks.example.org/lectern?key=secret-of-the-receiver"
    answer = send(client, data={"webhook_url": hook})
    assert answer.status_code == 202, answer.text
    assert "secret-of-the-receiver" not in answer.text
    with sessions() as session:
        sealed = session.get_one(Job, answer.json()["id"]).webhook_url
    assert sealed is not None
    assert "example" not in sealed
    assert url_sealer(parts.secret).open(sealed) == hook


@pytest.mark.parametrize("url", ["", "http://127.0.0.1/", "https://hooks.example.org/\udcff", "not a URL"])
def test_a_webhook_that_is_not_called(client: TestClient, nothing_left: None, url: str) -> None:
    sent = {"webhook_url": (None, url.encode("utf-8", "surrogateescape"))}
    document = problem(send(client, files=sent), 422, "forbidden_url")
    assert [each["field"] for each in document["errors"]] == ["body.webhook_url"]
