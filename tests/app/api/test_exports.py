"""What an editor takes home, by its routes: types, copies, owners, and where there is nothing."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import delete
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.api.schemas.result import Result
from app.models import Artifact
from app.services.results import EXPORTS
from tests.app.api.test_upload import problem
from tests.app.job_factory import finished_job, make_job
from tests.app.key_factory import new_key, shows

pytestmark = pytest.mark.stack
TYPES = {
    "timeline.otio": "application/vnd.pixar.opentimelineio+json",
    "timeline.edl": "text/plain; charset=utf-8",
    "timeline.svg": "image/svg+xml",
    "chapters.vtt": "text/vtt; charset=utf-8",
    "chapters.txt": "text/plain; charset=utf-8",
    "reel": "video/mp4",
}


@pytest.fixture
def job_id(sessions: sessionmaker[Session], parts: Parts, tmp_path: Path) -> str:
    with sessions() as session:
        job = finished_job(session, parts.store, tmp_path)
        session.commit()
        return str(job.id)


@pytest.mark.parametrize(("name", "content_type"), TYPES.items())
def test_a_file_and_its_copy(client: TestClient, job_id: str, name: str, content_type: str) -> None:
    path = f"/api/v1/results/{job_id}/{name}"
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert answer.headers["x-content-type-options"] == "nosniff"
    called = "lecture - reel.mp4" if name == "reel" else f"lecture - {name}"
    assert called.replace(" ", "%20") in answer.headers["content-disposition"]
    again = client.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_the_document_leads_to_all_of_them(client: TestClient, job_id: str) -> None:
    document = client.get(f"/api/v1/results/{job_id}").json()
    Result.model_validate(document, extra="forbid")
    for key, name in EXPORTS.items():
        linked, routed = client.get(document["urls"][key]), client.get(f"/api/v1/results/{job_id}/{name}")
        assert (linked.status_code, linked.content) == (200, routed.content), key
    entry = {"rank": 1, "card_start_s": 0.0, "start_s": 3.0, "end_s": 33.0}
    assert document["reel"] == {"duration_s": 33.0, "clips": [entry]}


def test_the_picture_opened_by_itself_may_neither_run_nor_fetch(client: TestClient, job_id: str) -> None:
    document = client.get(f"/api/v1/results/{job_id}").json()
    for path in (document["urls"]["timeline_svg"], f"/api/v1/results/{job_id}/timeline.svg"):
        policy = client.get(path).headers["content-security-policy"]
        assert policy == "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    assert "content-security-policy" not in client.get(f"/api/v1/results/{job_id}/timeline.otio").headers


def test_the_reel_in_parts(client: TestClient, job_id: str) -> None:
    path = f"/api/v1/results/{job_id}/reel"
    part = client.get(path, headers={"Range": "bytes=0-4"})
    assert (part.status_code, part.content) == (206, b"bytes")
    assert client.head(path).headers["accept-ranges"] == "bytes"
    assert client.get(path, headers={"Range": "bytes=999999-"}).status_code == 416


def test_what_was_not_made_is_not_there(client: TestClient, job_id: str, sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        session.execute(delete(Artifact).where(Artifact.name.in_(TYPES)))
    for name in TYPES:
        problem(client.get(f"/api/v1/results/{job_id}/{name}"), 404, "artifact_not_found")
    document = client.get(f"/api/v1/results/{job_id}").json()
    assert set(document["urls"]) == {"self", "job", "transcript", "plan"}
    assert document["reel"] is None


def test_while_the_job_runs(client: TestClient, sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        running = make_job(session).id
    for name in TYPES:
        problem(client.get(f"/api/v1/results/{running}/{name}"), 409, "result_not_ready")


def test_another_owner_s_is_not_there(client: TestClient, job_id: str, sessions: sessionmaker[Session]) -> None:
    stranger = new_key(sessions)
    for name in TYPES:
        problem(client.get(f"/api/v1/results/{job_id}/{name}", headers=shows(stranger)), 404, "job_not_found")
