"""Links to what lies in the store, for whoever owns it."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2
import pytest
from sqlalchemy import select, update
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.core.settings import Settings
from app.main import create_app
from app.models import Artifact, Job, Upload
from tests.app.api.test_upload import MP4, SRT, problem, send
from tests.app.job_factory import finished_job
from tests.app.key_factory import new_key, shows
from tests.strict_s3 import StrictS3

pytestmark = pytest.mark.stack

PATH = "/api/v1/videos/presigned-url"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"require_keys": True})


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    app = create_app(settings)
    mine = shows(new_key(app.state.parts.sessions, owner="local"))
    with TestClient(app, base_url="http://127.0.0.1:8000", headers=mine) as client:
        yield client


@pytest.fixture
def parts(client: TestClient) -> Parts:
    found: Parts = client.app.state.parts  # type: ignore[attr-defined]  # it is a FastAPI
    return found


@pytest.fixture
def keys(client: TestClient, parts: Parts, tmp_path: Path) -> list[str]:
    """Of an upload, its captions, and a clip."""
    job_id = send(client, files={"captions": ("a.srt", SRT)}).json()["id"]
    with parts.sessions.begin() as session:
        upload = session.get_one(Upload, session.get_one(Job, job_id).upload_id)
        done = finished_job(session, parts.store, tmp_path)
        clip = session.scalars(select(Artifact).where(Artifact.job_id == done.id, Artifact.name == "clips/1/video"))
        assert upload.captions_key is not None
        return [upload.object_key, upload.captions_key, clip.one().object_key]


def fetch(client: TestClient, url: str) -> Any:
    """Without a key, as a `<video>` does."""
    if url.startswith("/"):
        with TestClient(client.app, base_url="http://127.0.0.1:8000") as anybody:
            return anybody.get(url)
    return httpx2.get(url, trust_env=False)


def test_what_one_owns(client: TestClient, keys: list[str], settings: Settings) -> None:
    contents = (MP4, SRT, b"bytes of clips/1/video " * 50)
    for key, content in zip(keys, contents, strict=True):
        answer = client.get(PATH, params={"key": key, "expires_in_s": 120})
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        left_s = datetime.fromisoformat(answer.json()["expires_at"]).timestamp() - time.time()
        assert 60 < left_s <= 120
        assert fetch(client, answer.json()["url"]).content == content
    default = client.get(PATH, params={"key": keys[0]}).json()["expires_at"]
    assert datetime.fromisoformat(default).timestamp() > time.time() + settings.url_expiry_s - 60


def test_a_link_that_was_changed_or_is_over(
    client: TestClient, keys: list[str], settings: Settings, request: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = client.get(PATH, params={"key": keys[0], "expires_in_s": 60}).json()["url"]
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    for name, value in query.items():
        changed = query | {name: value[:-1] + ("1" if value[-1] != "1" else "0")}
        assert fetch(client, parts._replace(query=urlencode(changed)).geturl()).status_code == 403, name
    assert fetch(client, parts._replace(path=parts.path.replace("source", "sourcf")).geturl()).status_code == 403
    if settings.s3_bucket is None:
        real = time.time
        monkeypatch.setattr("app.core.security.time.time", lambda: real() + 181)
        problem(fetch(client, url), 403, "link_expired")
    else:
        server: StrictS3 = request.getfixturevalue("s3")
        server.ahead_s = 61
        assert fetch(client, url).status_code == 403
        server.ahead_s = 0


def test_somebody_elses(client: TestClient, parts: Parts, keys: list[str]) -> None:
    other = shows(new_key(parts.sessions, owner="another"))
    for key in keys:
        problem(client.get(PATH, params={"key": key}, headers=other), 404, "artifact_not_found")


def test_what_is_gone_or_not_here_yet(client: TestClient, parts: Parts, keys: list[str]) -> None:
    parts.store.delete(keys[0])
    with parts.sessions.begin() as session:
        session.execute(update(Upload).where(Upload.captions_key == keys[1]).values(status="pending"))
        job_id = session.scalars(select(Artifact.job_id).where(Artifact.object_key == keys[2])).one()
        session.execute(update(Job).where(Job.id == job_id).values(deleted_at=datetime.now().astimezone()))
    for key in keys:
        problem(client.get(PATH, params={"key": key}), 404, "artifact_not_found")


@pytest.mark.parametrize("settings", ["local"], indirect=True)
@pytest.mark.parametrize(
    "key", ["", "x", "../../etc/passwd", "uploads/../jobs/x", "/etc/passwd", "uploads/%00", "uploads/a\0b", "uploads/é"]
)
def test_no_key_of_ours(client: TestClient, key: str) -> None:
    problem(client.get(PATH, params={"key": key}), 404, "artifact_not_found")


@pytest.mark.parametrize("settings", ["local"], indirect=True)
@pytest.mark.parametrize("seconds", ["59", "3601", "604801", "x"])
def test_how_long(client: TestClient, seconds: str) -> None:
    problem(client.get(PATH, params={"key": "uploads/a", "expires_in_s": seconds}), 422, "invalid_request")
