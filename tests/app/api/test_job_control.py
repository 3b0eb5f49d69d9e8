"""POST cancel and retry, DELETE: over HTTP."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.api import job_answers
from app.api.deps import Parts
from app.core.errors import StorageUnavailable
from app.core.settings import Settings
from app.models import Job
from app.services.deletion import purgeable_jobs
from app.services.jobs import lock_job
from app.services.storage.local import LocalStore
from tests.app.api.test_upload import problem, send
from tests.app.conftest import files_in
from tests.app.job_factory import complete, finished_job, make_job, step

pytestmark = pytest.mark.stack
PATH = "/api/v1/jobs"


@pytest.fixture
def change(sessions: sessionmaker[Session]) -> Callable[[str, Callable[[Job], object]], None]:
    def apply(job_id: str, do: Callable[[Job], object]) -> None:
        with sessions.begin() as session:
            do(lock_job(session, UUID(job_id), owner="local"))

    return apply


@pytest.fixture
def job_id(sessions: sessionmaker[Session]) -> str:
    with sessions.begin() as session:
        return str(make_job(session).id)


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    calls: list[UUID] = []
    monkeypatch.setattr(job_answers, "ring", lambda _, job_id: calls.append(job_id))
    return calls


def running(job: Job) -> None:
    job.status, step(job, "uploading").status = "running", "running"
    step(job, "uploading").lease_expires_at = datetime.now(UTC) + timedelta(seconds=20)


def failed(job: Job) -> None:
    complete(job, "uploading")
    row = step(job, "content_analysis")
    row.status, row.error_code, row.error_message = "failed", "analysis_failed", "It broke."
    job.status, job.error_code, job.error_message = "failed", "analysis_failed", "It broke."


def test_cancel_is_seen_without_any_worker(client: TestClient, job_id: str) -> None:
    before = client.get(f"{PATH}/{job_id}")
    answer = client.post(before.json()["urls"]["cancel"])
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert answer.headers["etag"] != before.headers["etag"]
    assert "retry-after" not in answer.headers
    assert client.get(f"{PATH}/{job_id}").json() == answer.json()
    again = client.post(f"{PATH}/{job_id}/cancel")
    assert (again.status_code, again.json()) == (200, answer.json())


def test_cancel_of_a_running_job_is_seen_at_once(client: TestClient, job_id: str, change: Callable[..., None]) -> None:
    change(job_id, running)
    for _ in range(2):
        answer = client.post(f"{PATH}/{job_id}/cancel")
        assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")


def test_cancel_of_a_finished_job(client: TestClient, job_id: str, change: Callable[..., None]) -> None:
    change(job_id, failed)
    problem(client.post(f"{PATH}/{job_id}/cancel"), 409, "job_finished")


def test_cancel_waits_for_the_jobs_lock(client: TestClient, job_id: str, sessions: sessionmaker[Session]) -> None:
    """A step that is claimed in a transaction that began before is not overlooked."""
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(client.post(f"{PATH}/{job_id}/cancel").status_code))
    with sessions.begin() as session:
        running(lock_job(session, UUID(job_id), owner="local"))
        thread.start()
        thread.join(0.5)
        assert thread.is_alive(), "it must wait"
    thread.join(10)
    assert answers == [200]


def test_retry(client: TestClient, job_id: str, change: Callable[..., None], rung: list[UUID]) -> None:
    problem(client.post(f"{PATH}/{job_id}/retry"), 409, "job_not_retryable")
    assert rung == []
    change(job_id, failed)
    answer = client.post(client.get(f"{PATH}/{job_id}").json()["urls"]["retry"])
    assert answer.status_code == 202
    assert answer.headers["location"] == f"{PATH}/{job_id}"
    document = answer.json()
    assert (document["status"], document["error"], document["stage"]) == ("queued", None, "silence_detection")
    assert document["steps"][0]["status"] == "completed"
    assert rung == [UUID(job_id)]


def test_retry_waits(client: TestClient, job_id: str, change: Callable[..., None], rung: list[UUID]) -> None:
    change(job_id, failed)
    answer = client.post(f"{PATH}/{job_id}/retry", headers={"Prefer": "wait=1"})
    assert (answer.status_code, answer.headers["preference-applied"]) == (202, "wait=1")


def test_delete(client: TestClient, parts: Parts, settings: Settings, tmp_path: Path) -> None:
    with parts.sessions.begin() as session:
        job_id = str(finished_job(session, parts.store, tmp_path).id)
    result = client.get(f"/api/v1/results/{job_id}").json()
    media = result["clips"][0]["urls"]["video"]
    assert client.get(media).status_code == 200
    answer = client.delete(f"{PATH}/{job_id}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert files_in(settings.object_dir) == []
    gone = [("GET", ""), ("GET", "/logs"), ("GET", "/events"), ("POST", "/cancel"), ("POST", "/retry"), ("DELETE", "")]
    for method, path in gone:
        problem(client.request(method, f"{PATH}/{job_id}{path}"), 404, "job_not_found")
    for path in ("", "/transcript", "/plan.json", "/clips/1/video"):
        problem(client.get(f"/api/v1/results/{job_id}{path}"), 404, "job_not_found")
    problem(client.get(media), 404, "artifact_not_found")
    assert job_id not in [each["id"] for each in client.get(PATH, params={"limit": 100}).json()["items"]]
    with parts.sessions() as session:
        assert session.get(Job, UUID(job_id)) is None


def test_delete_answers_though_the_store_does_not(
    client: TestClient, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise StorageUnavailable("The bucket is gone.")

    job_id = send(client).json()["id"]
    monkeypatch.setattr(LocalStore, "delete", refuse)
    assert client.delete(f"{PATH}/{job_id}").status_code == 204
    problem(client.get(f"{PATH}/{job_id}"), 404, "job_not_found")
    with parts.sessions() as session:
        assert UUID(job_id) in purgeable_jobs(session), "the sweeper finds it"


def test_delete_of_a_running_job(
    client: TestClient, job_id: str, sessions: sessionmaker[Session], change: Callable[..., None]
) -> None:
    change(job_id, running)
    assert client.delete(f"{PATH}/{job_id}").status_code == 204
    problem(client.get(f"{PATH}/{job_id}"), 404, "job_not_found")
    with sessions() as session:
        job = session.get_one(Job, UUID(job_id))
        assert job.cancel_requested_at is not None
        assert job.id not in purgeable_jobs(session)


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/cancel"), ("POST", "/retry"), ("DELETE", ""), ("GET", "/logs"), ("GET", "/events")]
)
def test_somebody_elses_job(
    client: TestClient, job_id: str, change: Callable[..., None], method: str, path: str
) -> None:
    def give_away(job: Job) -> None:
        job.owner = "another"

    change(job_id, give_away)
    problem(client.request(method, f"{PATH}/{job_id}{path}"), 404, "job_not_found")
    problem(client.request(method, f"{PATH}/nonsense{path}"), 404, "job_not_found")
