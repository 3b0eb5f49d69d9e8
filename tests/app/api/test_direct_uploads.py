"""Uploads straight to the store, folder and S3 alike, by a client that only follows the answers."""

import hashlib
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.core.settings import Settings
from app.main import create_app
from app.models import Job, Upload
from app.services import direct_uploads
from app.services.audit import entries
from app.services.upload_storage import sweep_uploads
from tests.app.api.test_upload import MP4, SRT, problem
from tests.app.conftest import files_in, make_settings
from tests.app.key_factory import new_key, shows
from tests.strict_s3 import BUCKET, StrictS3

pytestmark = pytest.mark.stack

PATH = "/api/v1/uploads"
LIMIT = 20_000_000
whatever_store = pytest.mark.parametrize("settings", ["local"], indirect=True)
"""For what is decided before the store is asked."""


@pytest.fixture(scope="module")
def s3() -> Iterator[StrictS3]:
    server = StrictS3()
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["local", "s3"])
def settings(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Settings:
    chosen: dict[str, Any] = {
        "database_url": database_url,
        "data_dir": tmp_path / "data",
        "broker_url": "memory://",
        "secret_key": "a secret of tests",
        "max_upload_bytes": LIMIT,
    }
    if request.param == "s3":
        server: StrictS3 = request.getfixturevalue("s3")
        chosen |= server.fields()
    return make_settings(**chosen)


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> bytes:
    """A recording of three parts: S3 takes none below 5 MiB but the last."""
    monkeypatch.setattr(direct_uploads, "MULTIPART_ABOVE_BYTES", 6 << 20)
    monkeypatch.setattr(direct_uploads, "PART_BYTES", 5 << 20)
    return MP4 + os.urandom(1 << 20) * 11


def begin(client: TestClient, content: bytes, **more: Any) -> dict[str, Any]:
    body = {"filename": "Vorlesung 1.mp4", "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    answer = client.post(PATH, json=body | more)
    assert answer.status_code == 201, answer.text
    document: dict[str, Any] = answer.json()
    assert answer.headers["location"] == f"{PATH}/{document['id']}"
    return document


def send(client: TestClient, url: str, content: Any, headers: dict[str, str] | None = None) -> Any:
    """A PUT of nothing but what the answer said: to the API itself, or to another server."""
    if url.startswith("/"):
        return client.put(url, content=content, headers=headers)
    return httpx2.put(url, content=content, headers=headers, trust_env=False)


def pieces(upload: dict[str, Any], content: bytes) -> Iterator[tuple[dict[str, Any], bytes]]:
    begins = 0
    for part in upload["parts"]:
        yield part, content[begins : begins + part["size_bytes"]]
        begins += part["size_bytes"]
    assert begins == len(content)


def changed(url: str, **values: str | None) -> str:
    parts = urlsplit(url)
    query = {name: value for name, value in (dict(parse_qsl(parts.query)) | values).items() if value is not None}
    return parts._replace(query=urlencode(query)).geturl()


def stored(parts: Parts, key: str, folder: Path) -> bytes:
    path = folder / uuid4().hex
    parts.store.fetch(key, path)
    return path.read_bytes()


def test_in_one_piece(client: TestClient, parts: Parts, tmp_path: Path) -> None:
    upload = begin(client, MP4, captions=SRT.decode())
    assert (upload["status"], upload["method"], upload["parts"]) == ("pending", "single", [])
    assert upload["content_type"] == upload["put"]["headers"]["Content-Type"] == "video/mp4"
    problem(client.post(upload["complete_url"]), 422, "upload_incomplete")
    answer = send(client, upload["put"]["url"], MP4, upload["put"]["headers"])
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"]
    done = client.post(upload["complete_url"])
    assert done.status_code == 200, done.text
    document = done.json()
    assert (document["status"], document["put"], document["size_bytes"]) == ("complete", None, len(MP4))
    assert client.post(upload["complete_url"]).json() == document == client.get(f"{PATH}/{upload['id']}").json()
    assert stored(parts, upload["key"], tmp_path) == MP4
    with parts.sessions() as session:
        row = session.get_one(Upload, upload["id"])
        assert row.captions_key is not None
        assert stored(parts, row.captions_key, tmp_path) == SRT


def test_in_parts_that_are_resumed(client: TestClient, parts: Parts, tmp_path: Path, small_parts: bytes) -> None:
    upload = begin(client, small_parts)
    assert (upload["method"], upload["put"], len(upload["parts"])) == ("multipart", None, 3)
    first, second, third = pieces(upload, small_parts)
    for part, piece in (third, first):
        assert send(client, part["url"], piece).status_code == 200
    problem(client.post(upload["complete_url"]), 422, "upload_incomplete")
    resumed = client.get(f"{PATH}/{upload['id']}").json()
    assert [part["etag"] is not None for part in resumed["parts"]] == [True, False, True]
    assert send(client, resumed["parts"][1]["url"], second[1]).status_code == 200
    again = send(client, first[0]["url"], first[1])
    assert again.status_code == 200, "a part may be sent again"
    etags = [part["etag"] for part in client.get(f"{PATH}/{upload['id']}").json()["parts"]]
    assert again.headers["etag"].strip('"') == etags[0]
    wrong = [{"number": number, "etag": "0" * 32} for number in (1, 2, 3)]
    problem(client.post(upload["complete_url"], json={"parts": wrong}), 422, "upload_incomplete")
    right = [{"number": number, "etag": f'"{etag}"'} for number, etag in enumerate(etags, 1)]
    done = client.post(upload["complete_url"], json={"parts": right})
    assert done.status_code == 200, done.text
    assert (done.json()["status"], done.json()["parts"]) == ("complete", [])
    assert client.post(upload["complete_url"]).json() == done.json()
    assert stored(parts, upload["key"], tmp_path) == small_parts
    late = send(client, first[0]["url"], first[1])
    assert late.status_code >= 400, "the parts are joined"  # 404 by S3, 409 by the folder


def test_nothing_in_a_link_can_be_changed(client: TestClient, settings: Settings) -> None:
    upload = begin(client, MP4)
    url, headers = upload["put"]["url"], upload["put"]["headers"]
    for name, value in parse_qsl(urlsplit(url).query):
        flipped = value[:-1] + ("0" if value[-1] != "0" else "1")
        for values in ({name: flipped}, {name: ""}, {name: None}):
            refused(send(client, changed(url, **values), MP4, headers), settings)
    other = urlsplit(url).path.replace("source.mp4", "source.mov")
    refused(send(client, urlsplit(url)._replace(path=other).geturl(), MP4, headers), settings)
    problem(client.post(upload["complete_url"]), 422, "upload_incomplete")


def refused(answer: Any, settings: Settings) -> None:
    assert answer.status_code == 403, answer.text
    if settings.s3_bucket is None:
        problem(answer, 403, "link_expired")


def test_nothing_in_the_link_of_a_part_can_be_changed(
    client: TestClient, settings: Settings, small_parts: bytes
) -> None:
    part, piece = next(pieces(begin(client, small_parts), small_parts))
    for name, value in parse_qsl(urlsplit(part["url"]).query):
        flipped = value[:-1] + ("2" if value[-1] != "2" else "1")
        refused(send(client, changed(part["url"], **{name: flipped}), piece), settings)


@pytest.mark.parametrize("size", [len(MP4) - 1, len(MP4) + 1])
def test_another_size(client: TestClient, settings: Settings, size: int) -> None:
    content = (MP4 + b"x")[:size]
    upload = begin(client, MP4)
    answer = send(client, upload["put"]["url"], content, upload["put"]["headers"])
    if settings.s3_bucket is None:
        problem(answer, *((413, "file_too_large") if size > len(MP4) else (422, "upload_incomplete")))
    else:
        assert answer.status_code == 403
    problem(client.post(upload["complete_url"]), 422, "upload_incomplete")


def test_another_content(client: TestClient, settings: Settings) -> None:
    upload = begin(client, MP4)
    answer = send(client, upload["put"]["url"], MP4[:-1] + b"?", upload["put"]["headers"])
    if settings.s3_bucket is None:
        problem(answer, 422, "checksum_mismatch")
    else:
        assert (answer.status_code, "BadDigest" in answer.text) == (400, True)
        checksum = upload["put"]["headers"] | {"x-amz-checksum-sha256": "A" * 43 + "="}
        assert send(client, upload["put"]["url"], MP4, checksum).status_code == 403
    problem(client.post(upload["complete_url"]), 422, "upload_incomplete")


def test_another_type(client: TestClient, settings: Settings) -> None:
    upload = begin(client, MP4)
    answer = send(client, upload["put"]["url"], MP4, upload["put"]["headers"] | {"Content-Type": "text/html"})
    if settings.s3_bucket is None:
        problem(answer, 415, "unsupported_content_type")
    else:
        assert answer.status_code == 403


def test_an_expired_link(
    client: TestClient, parts: Parts, settings: Settings, request: pytest.FixtureRequest, monkeypatch: Any
) -> None:
    upload = begin(client, MP4)
    if settings.s3_bucket is None:
        real = time.time
        monkeypatch.setattr("app.core.security.time.time", lambda: real() + settings.url_expiry_s + 1)
        refused(send(client, upload["put"]["url"], MP4, upload["put"]["headers"]), settings)
    else:
        s3: StrictS3 = request.getfixturevalue("s3")
        s3.ahead_s = settings.url_expiry_s + 1
        refused(send(client, upload["put"]["url"], MP4, upload["put"]["headers"]), settings)
        s3.ahead_s = 0
    assert parts.store.info(upload["key"]) is None


def test_content_that_is_no_recording(client: TestClient, parts: Parts) -> None:
    for content, code in ((b"%PDF-1.7 " + bytes(1000), 415), (b"#EXTM3U\n/etc/passwd\n", 415)):
        upload = begin(client, content)
        assert send(client, upload["put"]["url"], content, upload["put"]["headers"]).status_code == 200
        problem(client.post(upload["complete_url"]), code, "unsupported_media")
        assert parts.store.info(upload["key"]) is None
        problem(client.post(upload["complete_url"]), 404, "upload_not_found")
        problem(client.get(f"{PATH}/{upload['id']}"), 404, "upload_not_found")


def test_parts_with_another_content(client: TestClient, parts: Parts, small_parts: bytes) -> None:
    upload = begin(client, small_parts)
    for part, piece in pieces(upload, small_parts):
        assert send(client, part["url"], piece[:-1] + b"?").status_code == 200
    problem(client.post(upload["complete_url"]), 422, "checksum_mismatch")
    assert parts.store.info(upload["key"]) is None
    problem(client.get(f"{PATH}/{upload['id']}"), 404, "upload_not_found")


def test_a_part_of_another_size(client: TestClient, settings: Settings, small_parts: bytes) -> None:
    part, piece = next(pieces(begin(client, small_parts), small_parts))
    for content in (piece[:-1], piece + b"x"):
        answer = send(client, part["url"], content)
        if settings.s3_bucket is None:
            assert answer.status_code in (413, 422)
        else:
            assert answer.status_code == 403


def complete(client: TestClient, url: str) -> Any:
    """As a client does: a store that is too busy to answer in time is asked again."""
    ends_s = time.monotonic() + 60
    while (answer := client.post(url)).status_code == 503 and time.monotonic() < ends_s:
        time.sleep(0.2)
    return answer


def test_completed_by_many_at_once(client: TestClient, parts: Parts, tmp_path: Path, small_parts: bytes) -> None:
    upload = begin(client, small_parts)
    for part, piece in pieces(upload, small_parts):
        assert send(client, part["url"], piece).status_code == 200
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(complete, [client] * 6, [upload["complete_url"]] * 6))
    assert [answer.status_code for answer in answers] == [200] * 6, [answer.text for answer in answers]
    assert len({answer.text for answer in answers}) == 1
    assert stored(parts, upload["key"], tmp_path) == small_parts


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


def expire(parts: Parts, upload: dict[str, Any]) -> None:
    with parts.sessions.begin() as session:
        over = datetime.now(UTC) - timedelta(seconds=1)
        session.execute(update(Upload).where(Upload.id == upload["id"]).values(expires_at=over))


def has_row(parts: Parts, upload: dict[str, Any]) -> bool:
    with parts.sessions() as session:
        return session.get(Upload, upload["id"]) is not None


def test_what_nobody_finished_or_used_goes(
    client: TestClient, parts: Parts, settings: Settings, request: pytest.FixtureRequest, small_parts: bytes
) -> None:
    pending, in_parts, complete, used = (begin(client, each) for each in (MP4, small_parts, MP4, MP4))
    assert send(client, in_parts["parts"][0]["url"], small_parts[: 5 << 20]).status_code == 200
    for upload in (pending, complete, used):
        assert send(client, upload["put"]["url"], MP4, upload["put"]["headers"]).status_code == 200
    for upload in (complete, used):
        assert client.post(upload["complete_url"]).status_code == 200
    with parts.sessions.begin() as session:
        session.add(Job(kind="highlights", owner="local", upload_id=used["id"]))
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
