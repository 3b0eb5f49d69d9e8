"""X-OpenAI-Api-Key over HTTP: who takes it, what is refused, and that no row, message, log or answer has it."""

import json
import logging
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.api import job_answers
from app.api.deps import Parts
from app.core.errors import StorageUnavailable
from app.core.settings import Settings
from app.models import Job
from app.services.caller_keys import PLACE, held_by, open_key
from app.services.jobs import lock_job
from app.services.storage.local import LocalStore
from tests.app.api.test_upload import problem, send
from tests.app.conftest import files_in
from tests.app.job_factory import complete, step

pytestmark = pytest.mark.stack
KEY = "canary-of-a-caller-0123456789"
NEXT_KEY = "canary-of-a-caller-9876543210"
"""Of no form that a log would mask."""
HEADERS = {"X-OpenAI-Api-Key": KEY}
JOBS = "/api/v1/jobs"
ASKED = {"transcribers": ["captions", "openai"]}
URL = {"url": "https://media.example.org/lecture.mp4"}


def upload(client: TestClient, options: dict[str, Any] = ASKED, headers: dict[str, str] = HEADERS) -> Any:
    return send(client, data={"options": json.dumps(options)}, headers=headers)


def submit(client: TestClient, options: dict[str, Any] = ASKED, headers: dict[str, str] = HEADERS) -> Any:
    return client.post(JOBS, json={"kind": "transcription", "source": URL, "options": options}, headers=headers)


Start = Callable[..., Any]
both = pytest.mark.parametrize("start", [upload, submit])


def keys_in(settings: Settings) -> list[str]:
    return [path.read_text() for path in files_in(settings.object_dir / PLACE)]


def opened(parts: Parts, job_id: str) -> str:
    """The key as the worker would find it."""
    with parts.sessions() as session:
        job = session.get_one(Job, job_id)
        held = held_by(job.id, step(job, "transcription").params)
    assert held is not None
    return open_key(parts.store, parts.secret, held).get_secret_value()


def fail(sessions: sessionmaker[Session], job_id: str) -> None:
    """As the worker does it, with the key gone."""
    with sessions.begin() as session:
        job = lock_job(session, session.get_one(Job, job_id).id, owner="local")
        complete(job, "uploading")
        job.status, step(job, "transcription").status = "failed", "failed"


def everything(parts: Parts) -> str:
    with parts.sessions() as session:
        tables = session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        return repr([session.execute(text(f'SELECT t::text FROM "{table}" t')).all() for table in tables])


@both
def test_it_is_sealed_and_nowhere_else(
    client: TestClient,
    parts: Parts,
    settings: Settings,
    start: Start,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    caplog.set_level(logging.DEBUG)
    rung: list[object] = []
    monkeypatch.setattr(job_answers, "ring", lambda _, *told: rung.append(told))
    answer = start(client)
    assert answer.status_code == 202, answer.text
    job_id = answer.json()["id"]
    assert opened(parts, job_id) == KEY
    assert len(keys_in(settings)) == 1
    told = [answer.text, repr(answer.headers), everything(parts), caplog.text, repr(rung), *keys_in(settings)]
    told += [client.get(f"{path}/{job_id}{more}").text for path, more in ((JOBS, ""), (JOBS, "/logs"))]
    told += [*(path.name for path in files_in(settings.data_dir))]
    assert job_id in everything(parts)
    for spelling in (KEY, KEY.upper(), KEY.encode().hex()):
        assert not any(spelling in each for each in told)
    assert not any(KEY.encode() in path.read_bytes() for path in files_in(settings.data_dir))


@both
@pytest.mark.parametrize(
    "value", ["", "two words", "a\tb", "k" * 201, "schlüssel", "a,b c", "sk-\x7f"], ids=lambda value: f"{value[:9]!r}"
)
def test_what_is_no_key_is_refused(client: TestClient, settings: Settings, start: Start, value: str) -> None:
    answer = start(client, headers={"X-OpenAI-Api-Key": value.encode("latin-1")})
    (field,) = problem(answer, 422, "invalid_request")["errors"]
    assert field["field"] == "header.X-OpenAI-Api-Key"
    assert not value or value not in answer.text
    assert files_in(settings.object_dir) == []


def test_two_keys_are_refused(client: TestClient) -> None:
    headers = [("X-OpenAI-Api-Key", KEY), ("X-OpenAI-Api-Key", "another")]
    body = {"kind": "transcription", "source": URL, "options": ASKED}
    assert (
        "twice"
        in problem(client.post(JOBS, json=body, headers=headers), 422, "invalid_request")["errors"][0]["message"]
    )


@both
@pytest.mark.parametrize("options", [{}, {"transcribers": ["captions"]}])
def test_one_of_no_use_is_refused(
    client: TestClient, settings: Settings, start: Start, options: dict[str, Any]
) -> None:
    (field,) = problem(start(client, options), 422, "invalid_request")["errors"]
    assert "transcribers do not name openai" in field["message"]
    assert files_in(settings.object_dir) == []


def test_the_servers_own_transcribers_count(api: Any, client: TestClient, parts: Parts) -> None:
    settings = parts.settings.model_copy(update={"transcribers": ("openai",)})
    api.state.parts = type(parts)(**{**vars(parts), "settings": settings})
    assert opened(parts, submit(client, {}).json()["id"]) == KEY


@both
def test_an_idempotency_key_does_not_look_at_it(
    client: TestClient, parts: Parts, settings: Settings, start: Start
) -> None:
    again = {"Idempotency-Key": uuid4().hex}
    first = start(client, headers=HEADERS | again).json()["id"]
    second = start(client, headers={"X-OpenAI-Api-Key": "another"} | again)
    assert (second.json()["id"], second.headers["idempotency-replayed"]) == (first, "true")
    assert (opened(parts, first), len(keys_in(settings))) == (KEY, 1)


@both
def test_nothing_stays_where_no_job_is_made(
    client: TestClient, settings: Settings, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_session: Session) -> None:
        raise StorageUnavailable("Broken on purpose.")

    monkeypatch.setattr(Session, "commit", broken)
    problem(start(client), 503, "storage_unavailable")
    assert files_in(settings.object_dir / PLACE) == []


def test_it_stays_where_nobody_knows_of_the_commit(
    client: TestClient, parts: Parts, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    committed = Session.commit

    def cut(session: Session) -> None:
        committed(session)
        raise OperationalError("COMMIT", {}, Exception("the connection was lost"), connection_invalidated=True)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "commit", cut)
        problem(submit(client), 503, "database_unavailable")
    (job,) = [each for each in client.get(JOBS).json()["items"] if each["kind"] == "transcription"][:1]
    assert opened(parts, job["id"]) == KEY
    assert len(keys_in(settings)) == 1


def test_a_store_that_is_away_is_told(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object) -> None:
        raise StorageUnavailable("The object store does not answer.")

    monkeypatch.setattr(LocalStore, "put_file", away)
    problem(submit(client), 503, "storage_unavailable")


def test_a_retry_takes_it_again(
    client: TestClient, parts: Parts, settings: Settings, sessions: sessionmaker[Session]
) -> None:
    job_id = submit(client).json()["id"]
    fail(sessions, job_id)
    retry = f"{JOBS}/{job_id}/retry"
    answer = problem(client.post(retry), 409, "api_key_needed")
    assert "send it again in X-OpenAI-Api-Key" in answer["detail"]
    problem(client.post(retry, headers={"X-OpenAI-Api-Key": "no key"}), 422, "invalid_request")
    assert len(keys_in(settings)) == 1
    assert client.post(retry, headers={"X-OpenAI-Api-Key": NEXT_KEY}).status_code == 202
    assert opened(parts, job_id) == NEXT_KEY
    assert NEXT_KEY not in everything(parts)
    problem(client.post(retry, headers=HEADERS), 409, "job_not_retryable")
    problem(client.post(f"{JOBS}/{uuid4()}/retry", headers=HEADERS), 404, "job_not_found")
    assert len(keys_in(settings)) == 2, "the first one, which a worker would have removed, and the second"


def test_a_retry_that_need_not_transcribe_keeps_none(
    client: TestClient, settings: Settings, sessions: sessionmaker[Session]
) -> None:
    job_id = upload(client, headers={}).json()["id"]
    with sessions.begin() as session:
        job = lock_job(session, session.get_one(Job, job_id).id, owner="local")
        complete(job, "uploading", "transcription")
        job.status, step(job, "content_analysis").status = "failed", "failed"
    assert client.post(f"{JOBS}/{job_id}/retry", headers=HEADERS).status_code == 202
    assert keys_in(settings) == []


def test_a_retry_of_a_job_that_does_not_ask_openai(client: TestClient, sessions: sessionmaker[Session]) -> None:
    job_id = submit(client, {}, headers={}).json()["id"]
    fail(sessions, job_id)
    problem(client.post(f"{JOBS}/{job_id}/retry", headers=HEADERS), 422, "invalid_request")


def test_the_sealed_object_is_nobodys_file(client: TestClient, settings: Settings) -> None:
    assert submit(client).status_code == 202
    (path,) = files_in(settings.object_dir / PLACE)
    key = path.relative_to(settings.object_dir).as_posix()
    problem(client.get("/api/v1/videos/presigned-url", params={"key": key}), 404, "artifact_not_found")
    assert client.get(f"/api/v1/media/{key}").status_code in (403, 422)


def test_it_is_no_field_of_anything(client: TestClient) -> None:
    body = {"kind": "transcription", "source": URL, "options": ASKED}
    for more in ({"openai_api_key": KEY}, {"options": {**ASKED, "openai_api_key": KEY}}):
        answer = client.post(JOBS, json=body | more)
        problem(answer, 422, "invalid_request")
        assert KEY not in answer.text
    assert KEY not in problem(send(client, data={"openai_api_key": KEY}), 422, "invalid_request")["detail"]


def test_the_document_tells_of_it(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    named = {
        operation["operationId"]
        for operations in paths.values()
        for operation in operations.values()
        for parameter in operation.get("parameters", ())
        if (parameter["name"], parameter["in"]) == ("X-OpenAI-Api-Key", "header")
    }
    assert named == {"uploadRecording", "submitJob", "retryJob"}
