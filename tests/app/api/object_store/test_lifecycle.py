"""How an upload begins, and how it goes: dropped, expired, kept by a job; and whose it is."""

from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import delete
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.core.settings import Settings
from app.main import create_app
from app.models import Upload
from app.services.audit import entries
from app.services.upload_storage import sweep_uploads
from tests.app.api.object_store.following import (
    LIMIT,
    PATH,
    begin,
    expire,
    has_row,
    send,
    whatever_store,
)
from tests.app.api.test_upload import MP4, SRT, problem
from tests.app.conftest import files_in
from tests.app.key_factory import new_key, shows
from tests.strict_s3 import BUCKET, StrictS3

pytestmark = pytest.mark.stack


def test_dropped(client: TestClient, parts: Parts, settings: Settings, small_parts: bytes) -> None:
    for content in (MP4, small_parts):
        upload = begin(client, content, captions=SRT.decode())
        url, headers = (
            (upload["put"]["url"], upload["put"]["headers"]) if upload["put"] else (upload["parts"][0]["url"], {})
        )
        piece = content[: 5 << 20]
        assert send(client, url, piece, headers).status_code == 200
        assert client.delete(f"{PATH}/{upload['id']}").status_code == 204
        problem(client.delete(f"{PATH}/{upload['id']}"), 404, "upload_not_found")
        problem(client.post(upload["complete_url"]), 404, "upload_not_found")
        assert list(parts.store.keys(f"uploads/{upload['id'].replace('-', '')}/")) == []
        late = send(client, url, piece, headers)  # S3 cannot take a link back: the sweep removes what it let in
        assert (late.status_code == 200) == (settings.s3_bucket is not None and content is MP4)
        expire(parts, upload)
        sweep_uploads(parts.sessions, parts.store)
        assert list(parts.store.keys(f"uploads/{upload['id'].replace('-', '')}/")) == []
        assert not has_row(parts, upload)
    assert files_in(settings.data_dir) == []


def test_what_nobody_finished_or_used_goes(
    client: TestClient, parts: Parts, settings: Settings, request: pytest.FixtureRequest, small_parts: bytes
) -> None:
    pending, in_parts, complete, used = (begin(client, each) for each in (MP4, small_parts, MP4, MP4))
    assert send(client, in_parts["parts"][0]["url"], small_parts[: 5 << 20]).status_code == 200
    for upload in (pending, complete, used):
        assert send(client, upload["put"]["url"], MP4, upload["put"]["headers"]).status_code == 200
    for upload in (complete, used):
        assert client.post(upload["complete_url"]).status_code == 200
    problem(client.post("/api/v1/jobs", json=job_of(pending)), 409, "upload_not_complete")
    assert client.post("/api/v1/jobs", json=job_of(used)).status_code == 202
    problem(client.delete(f"{PATH}/{used['id']}"), 409, "upload_in_use")
    sweep_uploads(parts.sessions, parts.store)
    assert all(has_row(parts, upload) for upload in (pending, in_parts, complete, used))
    for upload in (pending, in_parts, complete, used):
        expire(parts, upload)
    problem(client.get(f"{PATH}/{pending['id']}"), 404, "upload_not_found")
    assert sweep_uploads(parts.sessions, parts.store) >= 3
    for upload in (pending, in_parts, complete):
        assert not has_row(parts, upload)
        assert parts.store.info(upload["key"]) is None
        assert parts.store.parts(upload["key"], "0" * 32) == []
    assert has_row(parts, used)
    assert parts.store.info(used["key"]) is not None
    if settings.s3_bucket is not None:
        s3: StrictS3 = request.getfixturevalue("s3")
        open_ones = s3.client.list_multipart_uploads(Bucket=BUCKET).get("Uploads", [])
        assert in_parts["key"] not in [each.get("Key") for each in open_ones]
    else:
        assert len(files_in(settings.data_dir)) == 1


def job_of(upload: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "highlights", "source": {"upload_id": upload["id"]}}


@whatever_store
@pytest.mark.parametrize(
    ("values", "status", "code"),
    [
        ({"size_bytes": LIMIT + 1}, 413, "file_too_large"),
        ({"size_bytes": 10**30}, 413, "file_too_large"),
        ({"size_bytes": 0}, 422, "invalid_request"),
        ({"size_bytes": "many"}, 422, "invalid_request"),
        ({"sha256": "0" * 63}, 422, "invalid_request"),
        ({"sha256": None}, 422, "invalid_request"),
        ({"filename": ""}, 422, "invalid_request"),
        ({"filename": "\0\u202e"}, 422, "invalid_request"),
        ({"filename": "playlist.m3u8"}, 415, "unsupported_media"),
        ({"filename": "lecture.exe"}, 415, "unsupported_media"),
        ({"content_type": "video/mp4\r\nX-Evil: 1"}, 422, "invalid_request"),
        ({"content_type": "video"}, 422, "invalid_request"),
        ({"captions": "no captions at all"}, 422, "invalid_captions"),
        ({"key": "uploads/mine"}, 422, "invalid_request"),
    ],
)
def test_what_cannot_begin(client: TestClient, values: dict[str, Any], status: int, code: str) -> None:
    body = {"filename": "a.mp4", "size_bytes": 10, "sha256": "0" * 64}
    problem(client.post(PATH, json=body | values), status, code)


@whatever_store
def test_names_are_never_paths(client: TestClient) -> None:
    upload = begin(client, MP4, filename="../../etc/passwd.mp4")
    assert upload["filename"] == "passwd.mp4"
    assert upload["key"] == f"uploads/{upload['id'].replace('-', '')}/source.mp4"


@whatever_store
@pytest.mark.parametrize("upload_id", ["0197f0c2-0000-7000-8000-000000000000", "x", "..", "%00"])
def test_no_such_upload(client: TestClient, upload_id: str) -> None:
    for method, path in (("GET", ""), ("POST", "/complete"), ("DELETE", "")):
        answer = client.request(method, f"{PATH}/{upload_id}{path}")
        assert answer.status_code in (404, 405), answer.text


@whatever_store
def test_somebody_elses(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"require_keys": True}))
    mine, other, reader = (
        shows(new_key(app.state.parts.sessions, *scopes, owner=owner))
        for owner, scopes in (("me", ()), ("another", ()), ("me", ("read",)))
    )
    with TestClient(app, base_url="http://127.0.0.1:8000", headers=mine) as client:
        upload = begin(client, MP4)
        path = f"{PATH}/{upload['id']}"
        assert send(client, upload["put"]["url"], MP4, upload["put"]["headers"]).status_code == 200
        for method, route in (("GET", path), ("POST", upload["complete_url"]), ("DELETE", path)):
            problem(client.request(method, route, headers=other), 404, "upload_not_found")
            if method != "GET":
                problem(client.request(method, route, headers=reader), 403, "scope_missing")
        problem(client.post(PATH, json={}, headers={"Authorization": "Bearer x"}), 401, "key_refused")
        assert client.post(upload["complete_url"]).status_code == 200
        problem(client.delete(path, headers=other), 404, "upload_not_found")
        assert client.delete(path).status_code == 204


@whatever_store
def test_the_audit_trail(client: TestClient, parts: Parts) -> None:
    upload = begin(client, MP4)
    assert send(client, upload["put"]["url"], MP4, upload["put"]["headers"]).status_code == 200
    for _ in range(2):
        assert client.post(upload["complete_url"]).status_code == 200
    assert client.delete(f"{PATH}/{upload['id']}").status_code == 204
    with parts.sessions() as session:
        actions = [entry.action for entry in entries(session, owner="local") if entry.target == upload["id"]]
    assert actions == ["upload.begin", "upload.complete", "upload.delete"]


@whatever_store
def test_a_body_that_is_too_large(client: TestClient) -> None:
    problem(client.post(PATH, content=b" " * (9 << 20)), 413, "file_too_large")


@whatever_store
def test_a_store_that_is_down(settings: Settings) -> None:
    nowhere = {"s3_bucket": "lectern", "s3_endpoint_url": "http://127.0.0.1:1", "aws_region": "us-east-1"}
    keys = {"aws_access_key_id": SecretStr("x"), "aws_secret_access_key": SecretStr("x")}
    app = create_app(settings.model_copy(update=nowhere | keys))
    parts: Parts = app.state.parts
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        upload = begin(client, MP4)
        problem(client.post(upload["complete_url"]), 503, "storage_unavailable")
        with parts.sessions() as session:
            assert session.get_one(Upload, upload["id"]).status == "pending"
        assert client.delete(f"{PATH}/{upload['id']}").status_code == 204
        problem(client.get(f"{PATH}/{upload['id']}"), 404, "upload_not_found")
        expire(parts, upload)
        sweep_uploads(parts.sessions, parts.store)
        assert has_row(parts, upload), "it stays to be found until its objects are surely gone"
    with parts.sessions.begin() as session:
        session.execute(delete(Upload).where(Upload.id == upload["id"]))
