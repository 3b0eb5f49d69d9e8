"""What clients change leaves an entry, with the key's prefix and the request's id; what is refused leaves none."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from starlette.testclient import TestClient

from app.core.settings import Settings
from app.main import create_app
from app.models import AuditEntry
from app.services.api_keys import create_key
from app.services.audit import entries
from tests.app.api.test_upload import MP4

pytestmark = pytest.mark.stack


@dataclass
class Caller:
    """Somebody with a key, on a service of his own."""

    http: TestClient
    prefix: str
    owner: str

    def trail(self) -> list[AuditEntry]:
        sessions = self.http.app.state.parts.sessions  # type: ignore[attr-defined]  # a FastAPI
        with sessions() as session:
            return list(entries(session, owner=self.owner))


@pytest.fixture
def caller(settings: Settings) -> Iterator[Caller]:
    app = create_app(settings.model_copy(update={"require_keys": True}))
    with TestClient(app, base_url="http://127.0.0.1:8000") as http:
        with app.state.parts.sessions.begin() as session:
            made = create_key(session, name="audited")
        http.headers["Authorization"] = f"Bearer {made.key}"
        yield Caller(http, made.row.prefix, made.row.owner)


def test_create_cancel_retry_and_delete_are_written_down(caller: Caller) -> None:
    http = caller.http
    sent = http.post("/api/v1/upload", files={"file": ("my secret plans.mp4", MP4, "video/mp4")})
    assert sent.status_code == 202, sent.text
    job = f"/api/v1/jobs/{sent.json()['id']}"
    assert http.post(f"{job}/cancel", headers={"X-Request-ID": "cancel-1"}).status_code == 200
    assert http.post(f"{job}/retry").status_code == 202
    assert http.delete(job).status_code == 204
    trail = caller.trail()
    assert [entry.action for entry in trail] == ["job.create", "job.cancel", "job.retry", "job.delete"]
    assert {entry.target for entry in trail} == {sent.json()["id"]}
    assert {(entry.actor, entry.address) for entry in trail} == {(caller.prefix, "testclient")}
    assert trail[0].request_id == sent.headers["x-request-id"]
    assert trail[1].request_id == "cancel-1"
    assert "secret plans" not in json.dumps([entry.data for entry in trail])


def test_what_is_refused_leaves_no_entry(caller: Caller) -> None:
    nobody = "/api/v1/jobs/0197f0c2-0000-7000-8000-000000000000"
    assert caller.http.post(f"{nobody}/cancel").status_code == 404
    assert caller.http.post(f"{nobody}/retry").status_code == 404
    assert caller.http.delete(nobody).status_code == 404
    assert caller.http.post("/api/v1/upload", files={"file": ("a.txt", b"text", "text/plain")}).status_code == 415
    assert caller.trail() == []
