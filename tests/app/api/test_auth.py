"""Who is let in: by key, by scope, by signed link, or because the service is on this machine alone."""

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from app.api.deps import Parts
from app.core.settings import Settings
from app.main import create_app
from app.services import authentication
from app.services.api_keys import revoke_key
from app.services.rate_limits import FAILURES_PER_MINUTE
from tests.app.api.test_upload import problem, send
from tests.app.api.test_upload_streaming import answer, serving
from tests.app.conftest import make_settings
from tests.app.job_factory import finished_job, make_job
from tests.app.key_factory import new_key, shows

pytestmark = pytest.mark.stack
HERE = "http://127.0.0.1:8000"
JOBS = "/api/v1/jobs"
NOBODYS = "0197f0c2-0000-7000-8000-00000000beef"
UNKNOWN = f"lk_0000000000_{'0' * 43}"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"require_keys": True})


@pytest.fixture
def key(sessions: sessionmaker[Session]) -> str:
    return new_key(sessions)


def prefix_of(key: str) -> str:
    return key.rsplit("_", 1)[0]


def test_both_headers(client: TestClient, key: str) -> None:
    for headers in (
        shows(key),
        {"X-API-Key": key},
        {"Authorization": f"bearer   {key} "},
        {**shows(key), "X-API-Key": key},
        {"Authorization": "Basic Zm9vOmJhcg==", "X-API-Key": key},
    ):
        assert client.get(JOBS, headers=headers).status_code == 200, headers


@pytest.mark.parametrize(
    "path",
    [JOBS, f"{JOBS}/0197f0c2-0000-7000-8000-00000000beef", "/api/v1/results/0197f0c2-0000-7000-8000-00000000beef"],
)
def test_no_key(client: TestClient, path: str) -> None:
    answer = client.get(path)
    problem(answer, 401, "key_required")
    assert answer.headers["www-authenticate"] == 'Bearer realm="lectern"'
    problem(client.get(path, headers={"X-API-Key": ""}), 401, "key_required")


@pytest.mark.parametrize(
    "headers",
    [
        {b"Authorization": b"Bearer"},
        {b"Authorization": b"Bearer "},
        {b"Authorization": b""},
        {b"Authorization": b"Basic bGs6eA=="},
        {b"Authorization": UNKNOWN.encode()},
        {b"Authorization": b"Bearer \xff\xfe\xc3\xa9"},
        {b"Authorization": f"Bearer {UNKNOWN}".encode()},
        {b"Authorization": b"Bearer " + b"x" * 8000},
        {b"X-API-Key": b"\xf0\x9f\x94\x91"},
        {b"X-API-Key": b"' OR 1=1 --"},
        {b"X-API-Key": f"Bearer {UNKNOWN}".encode()},
    ],
)
def test_what_is_no_key(client: TestClient, headers: dict[bytes, bytes]) -> None:
    answer = client.get(JOBS, headers=headers)
    problem(answer, 401, "key_refused")
    assert answer.headers["www-authenticate"].startswith('Bearer realm="lectern"')


def test_two_keys_are_refused(client: TestClient, key: str, sessions: sessionmaker[Session]) -> None:
    problem(client.get(JOBS, headers={**shows(key), "X-API-Key": new_key(sessions)}), 401, "key_refused")
    problem(client.get(JOBS, headers={**shows(key), "X-API-Key": UNKNOWN}), 401, "key_refused")


def test_an_expired_key(client: TestClient, sessions: sessionmaker[Session]) -> None:
    old = new_key(sessions, expires_in=timedelta(seconds=-1))
    problem(client.get(JOBS, headers=shows(old)), 401, "key_refused")


def test_a_key_is_not_remembered_past_its_end(client: TestClient, sessions: sessionmaker[Session]) -> None:
    short = new_key(sessions, expires_in=timedelta(seconds=1))
    assert client.get(JOBS, headers=shows(short)).status_code == 200
    time.sleep(1.05)  # its life, not a wait for something
    problem(client.get(JOBS, headers=shows(short)), 401, "key_refused")


def test_a_revoked_key_works_five_seconds_longer_at_the_most(
    client: TestClient, key: str, sessions: sessionmaker[Session], parts: Parts
) -> None:
    assert authentication.REMEMBERED_S <= 5
    assert client.get(JOBS, headers=shows(key)).status_code == 200
    with sessions.begin() as session:
        revoke_key(session, prefix_of(key))
    parts.authentication.clock = lambda: time.monotonic() + authentication.REMEMBERED_S
    problem(client.get(JOBS, headers=shows(key)), 401, "key_refused")


def test_scopes(client: TestClient, sessions: sessionmaker[Session]) -> None:
    reader, writer = new_key(sessions, "read"), new_key(sessions, "write")
    job = f"{JOBS}/{uuid4()}"
    for method, path, status in (
        ("GET", JOBS, 200),
        ("GET", job, 404),
        ("POST", f"{job}/cancel", 403),
        ("POST", f"{job}/retry", 403),
        ("DELETE", job, 403),
        ("POST", "/api/v1/upload", 403),
        ("GET", "/metrics", 403),
    ):
        answer = client.request(method, path, headers=shows(reader))
        assert answer.status_code == status, (method, path)
        if status == 403:
            problem(answer, 403, "scope_missing")
            assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]
    problem(client.get(JOBS, headers=shows(writer)), 403, "scope_missing")
    assert client.delete(job, headers=shows(writer)).status_code == 404
    assert client.head(f"/api/v1/results/{uuid4()}/clips/1/video", headers=shows(writer)).status_code == 403
    assert client.get("/metrics", headers=shows(new_key(sessions, "metrics"))).status_code == 200


def test_a_body_is_not_read_before_the_key_is(client: TestClient, sessions: sessionmaker[Session]) -> None:
    problem(send(client), 401, "key_required")
    problem(send(client, headers=shows(new_key(sessions, "read"))), 403, "scope_missing")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/upload"),
        ("POST", "/api/v1/jobs"),
        ("POST", "/api/v1/uploads"),
        ("PUT", f"/api/v1/results/{NOBODYS}/plan"),
    ],
)
def test_a_strangers_body_is_not_waited_for(settings: Settings, method: str, path: str) -> None:
    with serving(settings) as port, socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        head = f"{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n"
        connection.sendall(head.encode())
        received = answer(connection)
    assert received.startswith(b"HTTP/1.1 401")
    assert b"key_required" in received


def test_what_needs_no_key(client: TestClient) -> None:
    for path in ("/livez", "/readyz", "/docs", "/openapi.json", "/api/v1/livez", "/api/v1/health"):
        assert client.get(path).status_code in (200, 503), path
    problem(client.get("/metrics"), 401, "key_required")


def test_media_links_need_no_key(
    client: TestClient, api: FastAPI, sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    with sessions() as session:
        job = finished_job(session, api.state.parts.store, tmp_path)
        job.owner = "media-owner"
        session.commit()
    shown = shows(new_key(sessions, owner="media-owner"))
    document = client.get(f"/api/v1/results/{job.id}", headers=shown).json()
    link = document["clips"][0]["urls"]["video"]
    assert client.get(link).status_code in (200, 206)
    problem(client.get(link.replace("signature=", "signature=0")), 403, "link_expired")


def test_a_guesser_is_slowed_and_others_are_not(client: TestClient, key: str, parts: Parts) -> None:
    now_s = 1_000_000 * 60 + 20.0
    parts.rate_limits.clock = lambda: now_s
    assert client.get(JOBS, headers=shows(key)).status_code == 200
    guesses = [client.get(JOBS, headers=shows(UNKNOWN)).status_code for _ in range(FAILURES_PER_MINUTE + 5)]
    assert guesses == [401] * FAILURES_PER_MINUTE + [429] * 5
    refused = client.get(JOBS, headers={"X-API-Key": "another guess"})
    problem(refused, 429, "rate_limited")
    assert refused.headers["retry-after"] == "40"
    assert client.get(JOBS, headers=shows(key)).status_code == 200
    parts.authentication.clock = lambda: time.monotonic() + 60
    assert client.get(JOBS, headers=shows(key)).status_code == 200, "forgotten, and asked for again"
    now_s += 40
    problem(client.get(JOBS, headers=shows(UNKNOWN)), 401, "key_refused")


def test_a_database_that_is_away_refuses_no_key(tmp_path: Path) -> None:
    """401 would make a client throw its key away."""
    nowhere = make_settings(
        database_url="postgresql://u:p@127.0.0.1:1/x", data_dir=tmp_path, broker_url="memory://", require_keys=True
    )
    with TestClient(create_app(nowhere), base_url=HERE) as client:
        answer = client.get(JOBS, headers=shows(UNKNOWN))
        problem(answer, 503, "database_unavailable")
        assert answer.headers["retry-after"]
        problem(client.get(JOBS), 401, "key_required")


class Arriving:
    """An application that requests reach at another of the machine's addresses."""

    def __init__(self, app: FastAPI, server: str) -> None:
        self._app, self._server = app, server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            scope = {**scope, "server": (self._server, 8000)}
        await self._app(scope, receive, send)


@pytest.fixture
def open_client(settings: Settings) -> Iterator[TestClient]:
    """Of a service on loopback that asks for no keys."""
    app = create_app(settings.model_copy(update={"require_keys": None}))
    with TestClient(app, base_url=HERE) as client:
        yield client


def test_on_loopback_nobody_is_asked(open_client: TestClient, sessions: sessionmaker[Session]) -> None:
    assert open_client.get(JOBS).status_code == 200
    assert open_client.get("/metrics").status_code == 200
    problem(open_client.get(JOBS, headers=shows(UNKNOWN)), 401, "key_refused")
    with sessions() as session:
        job_id = make_job(session).id
        session.commit()
    assert open_client.get(f"{JOBS}/{job_id}").status_code == 200
    problem(open_client.get(f"{JOBS}/{job_id}", headers=shows(new_key(sessions))), 404, "job_not_found")


@pytest.mark.parametrize("name", ["X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP", "Forwarded", "Via"])
def test_who_comes_through_an_unknown_proxy_may_be_anybody(open_client: TestClient, name: str) -> None:
    problem(open_client.get(JOBS, headers={name: "127.0.0.1"}), 401, "key_required")


def test_another_address_of_the_machine_is_not_loopback(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"require_keys": None}))
    with TestClient(Arriving(app, "192.0.2.7"), base_url=HERE) as client:
        problem(client.get(JOBS), 401, "key_required")
    with TestClient(Arriving(app, "127.0.0.1"), base_url=HERE) as client:
        assert client.get(JOBS).status_code == 200
