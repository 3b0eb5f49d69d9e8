"""Idempotency-Key on POST /upload: one key, one job."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.api import job_answers
from app.core.settings import Settings
from app.models import IdempotencyKey, Job, Upload
from app.services.idempotency import stored_key
from tests.app.api.test_upload import MP4, PATH, SRT, problem, send
from tests.app.api.test_upload_streaming import END, HEAD, PART, answer, begin, serving, until
from tests.app.conftest import files_in

pytestmark = pytest.mark.stack


@pytest.fixture
def key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    calls: list[object] = []
    monkeypatch.setattr(job_answers, "ring", lambda _, job_id: calls.append(job_id))
    return calls


def test_the_same_again(client: TestClient, key: dict[str, str], settings: Settings, rung: list[object]) -> None:
    more: dict[str, Any] = {"files": {"captions": ("a.srt", SRT)}, "data": {"options": '{"max_clips": 3}'}}
    first = send(client, headers=key, **more)
    assert first.status_code == 202
    assert "idempotency-replayed" not in first.headers
    stored = files_in(settings.object_dir)
    again = send(client, headers=key, **more)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (202, "true")
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert files_in(settings.object_dir) == stored
    assert len(rung) == 1
    spelt = send(client, headers=key, files=more["files"], data={"options": '{"max_clips":3,"aspect":"source"}'})
    assert spelt.headers["idempotency-replayed"], "the same options in other words"


@pytest.mark.parametrize(
    "other",
    [
        {"content": MP4 + b"x"},
        {"files": {"captions": ("a.srt", SRT)}},
        {"data": {"options": '{"max_clips": 3}'}},
    ],
)
def test_another_body(client: TestClient, key: dict[str, str], settings: Settings, other: dict[str, Any]) -> None:
    send(client, headers=key)
    stored = files_in(settings.object_dir)
    problem(send(client, headers=key, **other), 422, "idempotency_key_reused")
    assert files_in(settings.object_dir) == stored
    assert send(client, headers=key).headers["idempotency-replayed"] == "true"


def test_other_keys_and_none_make_jobs(client: TestClient, key: dict[str, str]) -> None:
    answers = [send(client, headers=headers) for headers in (key, {"Idempotency-Key": "another " + key.popitem()[1]})]
    answers += [send(client), send(client)]
    assert len({each.json()["id"] for each in answers}) == 4


def test_a_refused_request_leaves_the_key_free(client: TestClient, key: dict[str, str]) -> None:
    problem(send(client, b"", headers=key), 422, "empty_file")
    assert "idempotency-replayed" not in send(client, headers=key).headers


def test_a_commit_that_fails_leaves_the_key_free(
    client: TestClient, key: dict[str, str], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = Session.commit

    def fail(session: Session) -> None:
        if any(isinstance(each, Job) for each in session.identity_map.values()):
            raise RuntimeError("no")
        commit(session)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "commit", fail)
        problem(send(client, headers=key), 500, "internal_error")
    assert files_in(settings.object_dir) == []
    assert send(client, headers=key).status_code == 202


def test_a_deleted_jobs_key_is_free(client: TestClient, key: dict[str, str]) -> None:
    first = send(client, headers=key).json()
    assert client.delete(first["urls"]["self"]).status_code == 204
    assert send(client, headers=key).json()["id"] != first["id"]


@pytest.mark.parametrize("sent", ["", "x" * 256, "é", "a\tb"])
def test_keys_that_cannot_be_used(client: TestClient, settings: Settings, sent: str) -> None:
    document = problem(send(client, headers={b"Idempotency-Key": sent.encode()}), 422, "invalid_request")
    assert [each["field"].lower() for each in document["errors"]] == ["header.idempotency-key"]
    assert files_in(settings.object_dir) == []


def test_the_longest_key(client: TestClient) -> None:
    longest = uuid4().hex.ljust(255, "~")
    assert send(client, headers={"Idempotency-Key": longest}).status_code == 202


@pytest.fixture
def port(settings: Settings) -> Iterator[int]:
    with serving(settings) as port:
        yield port


def test_while_the_first_is_running(port: int, key: dict[str, str], sessions: sessionmaker[Session]) -> None:
    chosen = key["Idempotency-Key"]
    size = len(PART) + len(HEAD) + len(END)
    form = {"Content-Type": "multipart/form-data; boundary=edge", **key}
    url = f"http://127.0.0.1:{port}{PATH}"

    def reserved() -> bool:
        with sessions() as session:
            return session.get(IdempotencyKey, ("local", stored_key(chosen, owner="local"))) is not None

    with begin(port, size, headers=f"Idempotency-Key: {chosen}\r\n") as first:
        first.sendall(PART)
        until(reserved)
        refused = httpx2.post(url, content=PART + HEAD + END, headers=form, trust_env=False)
        problem(refused, 409, "request_in_progress")
        assert refused.headers["retry-after"]
        first.sendall(HEAD + END)
        assert answer(first).startswith(b"HTTP/1.1 202")
    again = httpx2.post(url, content=PART + HEAD + END, headers=form, trust_env=False)
    assert (again.status_code, again.headers["idempotency-replayed"]) == (202, "true")


def test_a_sender_that_goes_away_leaves_the_key_free(
    port: int, key: dict[str, str], sessions: sessionmaker[Session]
) -> None:
    def rows() -> int | None:
        with sessions() as session:
            stored = stored_key(key["Idempotency-Key"], owner="local")
            query = select(func.count()).where(IdempotencyKey.key == stored)
            return session.scalar(query)

    with begin(port, 500_000, headers=f"Idempotency-Key: {key['Idempotency-Key']}\r\n") as connection:
        connection.sendall(PART + HEAD)
        until(lambda: rows() == 1)
    until(lambda: rows() == 0)


def test_a_hundred_at_once_make_one_job(
    port: int, key: dict[str, str], sessions: sessionmaker[Session], settings: Settings
) -> None:
    gate = threading.Barrier(25)
    name = f"{uuid4().hex}.mp4"

    def post(number: int) -> tuple[int, str, bool]:
        if number < 25:
            gate.wait()
        answer = httpx2.post(
            f"http://127.0.0.1:{port}{PATH}", files={"file": (name, MP4)}, headers=key, trust_env=False, timeout=30
        )
        document = answer.json()
        return answer.status_code, document.get("code") or document["id"], "idempotency-replayed" in answer.headers

    with ThreadPoolExecutor(25) as pool:
        answers = list(pool.map(post, range(100)))
    made = [each for each in answers if each[0] == 202]
    assert {each for each in answers if each[0] != 202} <= {(409, "request_in_progress", False)}
    assert len({job_id for _, job_id, _ in made}) == 1
    assert [replayed for _, _, replayed in made].count(False) == 1
    with sessions() as session:
        uploads = session.scalars(select(Upload.id).where(Upload.filename == name)).all()
        assert len(uploads) == 1
        assert session.scalar(select(func.count()).where(Job.upload_id == uploads[0])) == 1
    until(lambda: len(files_in(settings.object_dir)) == 1)
