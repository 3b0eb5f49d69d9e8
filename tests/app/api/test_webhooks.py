"""Deliveries, replay and the signing secret, over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker
from standardwebhooks import Webhook
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.core.principal import Scope
from app.models import Job, WebhookAttempt, WebhookDelivery
from app.services.api_keys import create_key
from app.services.job_control import cancel_job, mark_deleted, retry_job
from app.services.webhooks import signed_headers, signing_secret, url_sealer
from tests.app.api.test_upload import problem
from tests.app.job_factory import make_job

pytestmark = pytest.mark.stack
JOBS = "/api/v1/jobs"
SECRET = "/api/v1/webhooks/secret"
URL = "https://hooks.example.org/in/c4nary?key=c4nary"


@pytest.fixture
def job_id(sessions: sessionmaker[Session], parts: Parts) -> str:
    """A job that was cancelled three times, with a webhook."""
    with sessions.begin() as session:
        job = make_job(session)
        job.webhook_url = url_sealer(parts.secret).seal(URL)
        session.flush()
        cancel_job(session, job.id, owner="local")
        for _ in range(2):
            retry_job(session, job.id, owner="local")
            cancel_job(session, job.id, owner="local")
        return str(job.id)


def end(sessions: sessionmaker[Session], delivery_id: str, status: str, *codes: int | None) -> None:
    """As the courier leaves it after attempts that were answered with ``codes``."""
    with sessions.begin() as session:
        delivery = session.get_one(WebhookDelivery, delivery_id)
        delivery.status, delivery.attempts, delivery.finished_at = status, len(codes), datetime.now(UTC)
        for code in codes:
            error = None if code == 200 else "It failed."
            attempt = WebhookAttempt(delivery_id=delivery.id, duration_s=0.25, status_code=code, error=error)
            session.add(attempt)
            session.flush()


def items(client: TestClient, job_id: str) -> list[dict[str, Any]]:
    answer = client.get(f"{JOBS}/{job_id}/deliveries")
    assert answer.status_code == 200
    assert "c4nary" not in answer.text
    found = answer.json()["items"]
    assert isinstance(found, list)
    return found


def test_pages_of_deliveries(client: TestClient, job_id: str) -> None:
    url: str | None = f"{JOBS}/{job_id}/deliveries?limit=2"
    pages: list[list[str]] = []
    while url is not None and len(pages) < 5:
        answer = client.get(url)
        pages.append([each["id"] for each in answer.json()["items"]])
        url = answer.json()["next"]
        assert answer.headers.get("link") == (f'<{url}>; rel="next"' if url else None)
    assert [len(page) for page in pages] == [2, 1]
    ids = [each for page in pages for each in page]
    assert ids == sorted(ids, reverse=True)
    assert ids == [each["id"] for each in items(client, job_id)]


def test_a_delivery_and_its_attempts(client: TestClient, sessions: sessionmaker[Session], job_id: str) -> None:
    newest = items(client, job_id)[0]
    assert newest["event"] == "job.cancelled"
    assert (newest["status"], newest["attempts"], newest["finished_at"]) == ("pending", [], None)
    assert newest["receiver"] == "https://hooks.example.org"
    assert datetime.fromisoformat(newest["next_attempt_at"]) <= datetime.now(UTC)
    end(sessions, newest["id"], "delivered", None, 500, 200)
    newest = items(client, job_id)[0]
    assert (newest["status"], newest["next_attempt_at"]) == ("delivered", None)
    assert newest["finished_at"]
    assert [each["status_code"] for each in newest["attempts"]] == [None, 500, 200]
    assert [each["error"] for each in newest["attempts"]] == ["It failed.", "It failed.", None]
    assert newest["attempts"][0]["duration_s"] == 0.25


def test_a_job_without_a_webhook(client: TestClient, sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        job_id = make_job(session).id
        cancel_job(session, job_id, owner="local")
    assert items(client, str(job_id)) == []


def test_a_receiver_that_cannot_be_told(client: TestClient, sessions: sessionmaker[Session], job_id: str) -> None:
    with sessions.begin() as session:
        session.get_one(Job, job_id).webhook_url = url_sealer(b"the secret before").seal(URL)
    assert {each["receiver"] for each in items(client, job_id)} == {None}


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "cursor=x"])
def test_queries_that_cannot_be_used(client: TestClient, job_id: str, query: str) -> None:
    problem(client.get(f"{JOBS}/{job_id}/deliveries?{query}"), 422, "invalid_request")


@pytest.mark.parametrize("status", ["delivered", "failed"])
def test_replay(client: TestClient, sessions: sessionmaker[Session], job_id: str, status: str) -> None:
    delivery_id = items(client, job_id)[1]["id"]
    path = f"{JOBS}/{job_id}/deliveries/{delivery_id}/replay"
    problem(client.post(path), 409, "delivery_pending")
    end(sessions, delivery_id, status, 500)
    answer = client.post(path)
    assert answer.status_code == 202
    shown = answer.json()
    assert (shown["id"], shown["status"], shown["finished_at"]) == (delivery_id, "pending", None)
    assert [each["status_code"] for each in shown["attempts"]] == [500]
    assert "c4nary" not in answer.text
    assert items(client, job_id)[1] == shown, "it was committed"
    with sessions.begin() as session:
        due = select(WebhookDelivery.next_attempt_at).where(WebhookDelivery.id == delivery_id)
        assert session.scalars(due).one() <= datetime.now(UTC) + timedelta(seconds=1)
    problem(client.post(path), 409, "delivery_pending")


def test_replay_of_what_is_not_there(client: TestClient, sessions: sessionmaker[Session], job_id: str) -> None:
    delivery_id = items(client, job_id)[0]["id"]
    for wrong in (str(uuid4()), "nothing"):
        problem(client.post(f"{JOBS}/{job_id}/deliveries/{wrong}/replay"), 404, "delivery_not_found")
        problem(client.post(f"{JOBS}/{wrong}/deliveries/{delivery_id}/replay"), 404, "job_not_found")
        problem(client.get(f"{JOBS}/{wrong}/deliveries"), 404, "job_not_found")
    with sessions.begin() as session:
        mark_deleted(session, session.get_one(Job, job_id).id, owner="local")
    problem(client.get(f"{JOBS}/{job_id}/deliveries"), 404, "job_not_found")
    problem(client.post(f"{JOBS}/{job_id}/deliveries/{delivery_id}/replay"), 404, "job_not_found")


def key_of(sessions: sessionmaker[Session], owner: str, *scopes: Scope) -> dict[str, str]:
    """Headers of a new key."""
    with sessions.begin() as session:
        return {"Authorization": f"Bearer {create_key(session, owner=owner, name='tests', scopes=scopes).key}"}


def test_the_secret_verifies_what_is_sent_to_its_owner(
    client: TestClient, sessions: sessionmaker[Session], parts: Parts
) -> None:
    answer = client.get(SECRET, headers=key_of(sessions, "ana", "read", "write"))
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    secret = answer.json()["secret"]
    assert secret == signing_secret(parts.secret, "ana")
    headers = signed_headers(secret, uuid4(), datetime.now(UTC), "{}")
    assert Webhook(secret).verify("{}", headers) == {}
    other = client.get(SECRET, headers=key_of(sessions, "ben", "read", "write")).json()["secret"]
    assert other not in (secret, client.get(SECRET).json()["secret"])


def test_a_key_that_only_reads_does_not_learn_the_secret(client: TestClient, sessions: sessionmaker[Session]) -> None:
    answer = client.get(SECRET, headers=key_of(sessions, "ana", "read"))
    problem(answer, 403, "scope_missing")
    assert "whsec" not in answer.text


def test_another_owners_deliveries_are_not_there(
    client: TestClient, sessions: sessionmaker[Session], job_id: str
) -> None:
    delivery_id = items(client, job_id)[0]["id"]
    end(sessions, delivery_id, "delivered", 200)
    stranger = key_of(sessions, "ana", "read", "write")
    problem(client.get(f"{JOBS}/{job_id}/deliveries", headers=stranger), 404, "job_not_found")
    path = f"{JOBS}/{job_id}/deliveries/{delivery_id}/replay"
    problem(client.post(path, headers=stranger), 404, "job_not_found")
    assert items(client, job_id)[0]["status"] == "delivered"
    problem(client.post(path, headers=key_of(sessions, "local", "read")), 403, "scope_missing")
