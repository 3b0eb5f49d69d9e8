"""The limits as a client meets them: headers on every answer, 429 with Retry-After, and whose address counts."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.api.deps import Parts
from app.core.settings import Settings
from app.main import create_app
from tests.app.api.test_auth import HERE, JOBS, UNKNOWN
from tests.app.api.test_upload import problem
from tests.app.api.test_upload_streaming import until
from tests.app.job_factory import make_job
from tests.app.key_factory import new_key, shows

pytestmark = pytest.mark.stack
NOW_S = 29_000_000 * 60 + 20.5


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"require_keys": True, "key_rate_per_minute": 5, "address_rate_per_minute": 20})


@pytest.fixture(autouse=True)
def _clock(parts: Parts) -> None:
    """In the middle of a minute, and it stands still."""
    parts.rate_limits.clock = lambda: NOW_S


@pytest.fixture
def key(sessions: sessionmaker[Session]) -> str:
    return new_key(sessions)


def test_a_key_has_a_limit(client: TestClient, key: str, sessions: sessionmaker[Session]) -> None:
    for left in (4, 3, 2, 1, 0):
        answer = client.get(JOBS, headers=shows(key))
        assert answer.status_code == 200
        assert answer.headers["ratelimit-policy"] == '"address";q=20;w=60, "key";q=5;w=60'
        assert answer.headers["ratelimit"] == f'"address";r={left + 15};t=40, "key";r={left};t=40'
    refused = client.get(JOBS, headers=shows(key))
    problem(refused, 429, "rate_limited")
    assert refused.headers["retry-after"] == "40"
    assert refused.headers["ratelimit"] == '"address";r=14;t=40, "key";r=0;t=40'
    assert client.get(JOBS, headers=shows(new_key(sessions))).status_code == 200


def test_an_address_has_a_limit(client: TestClient, sessions: sessionmaker[Session]) -> None:
    for _ in range(10):
        assert client.get(JOBS).status_code == 401
        assert client.get("/nowhere").status_code == 404
    for path in (JOBS, "/nowhere", "/api/v1/media/x", "/api/v1/health"):
        refused = client.get(path, headers=shows(new_key(sessions)))
        problem(refused, 429, "rate_limited")
        assert refused.headers["ratelimit"] == '"address";r=0;t=40'


@pytest.mark.parametrize("path", ["/livez", "/api/v1/livez", "/api/v1/readyz", "/docs", "/openapi.json"])
def test_what_is_not_limited(client: TestClient, path: str) -> None:
    answers = [client.get(path) for _ in range(25)]
    assert {each.status_code for each in answers} == {200}
    assert not any("ratelimit" in each.headers for each in answers)


def test_refusals_and_304_tell_as_well(client: TestClient, key: str, sessions: sessionmaker[Session]) -> None:
    missing = client.get(f"{JOBS}/{uuid4()}", headers=shows(key))
    assert (missing.status_code, missing.headers["ratelimit"].rpartition(", ")[2]) == (404, '"key";r=4;t=40')
    with sessions() as session:
        job = make_job(session)
        job.owner = "limited"
        session.commit()
    shown = shows(new_key(sessions, owner="limited"))
    first = client.get(f"{JOBS}/{job.id}", headers=shown)
    again = client.get(f"{JOBS}/{job.id}", headers={**shown, "If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.headers["ratelimit"].rpartition(", ")[2]) == (304, '"key";r=3;t=40')


def test_a_refused_request_changes_nothing(client: TestClient, key: str, sessions: sessionmaker[Session]) -> None:
    with sessions() as session:
        job = make_job(session)
        job.owner = "refused"
        session.commit()
    shown = shows(new_key(sessions, owner="refused"))
    for _ in range(5):
        client.get(JOBS, headers=shown)
    problem(client.delete(f"{JOBS}/{job.id}", headers=shown), 429, "rate_limited")
    other = shows(new_key(sessions, owner="refused"))
    assert client.get(f"{JOBS}/{job.id}", headers=other).status_code == 200


def test_pages_of_other_origins_can_read_them(client: TestClient, key: str) -> None:
    answer = client.get(JOBS, headers={**shows(key), "Origin": "https://console.example"})
    exposed = {name.strip().lower() for name in answer.headers["access-control-expose-headers"].split(",")}
    assert {"ratelimit", "ratelimit-policy", "retry-after", "x-request-id", "www-authenticate"} <= exposed


def test_without_keys_nobody_is_limited(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"require_keys": None}))
    with TestClient(app, base_url=HERE) as client:
        answers = [client.get(JOBS) for _ in range(25)]
    assert {each.status_code for each in answers} == {200}
    assert not any("ratelimit" in each.headers for each in answers)


@contextmanager
def api_process(settings: Settings, folder: Path, **environment: str) -> Iterator[str]:
    """The API as the stack starts it, with its real server."""
    listener = socket.create_server(("127.0.0.1", 0))
    assert settings.database_url is not None
    chosen = {
        "PATH": "/usr/bin:/bin",
        "LECTERN_DATABASE_URL": settings.database_url.get_secret_value(),
        "LECTERN_DATA_DIR": str(folder),
        "LECTERN_REQUIRE_KEYS": "true",
        **environment,
    }
    descriptor = listener.fileno()
    command = [sys.executable, "-m", "pipeline.api_server", str(descriptor)]
    with (folder / "api.log").open("wb") as log:
        process = subprocess.Popen(command, env=chosen, pass_fds=(descriptor,), stdout=log, stderr=log)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"

    def answers() -> bool:
        assert process.poll() is None, (folder / "api.log").read_text()
        try:
            return httpx2.get(f"{url}/livez", trust_env=False, timeout=5).status_code == 200
        except httpx2.HTTPError:
            return False

    try:
        until(answers, 60)
        yield url
    finally:
        process.terminate()
        process.wait(20)
        listener.close()


def left(answer: httpx2.Response) -> int:
    """Of the address's requests."""
    return int(answer.headers["ratelimit"].split(";r=")[1].split(";")[0])


@pytest.mark.parametrize("trusted", ["", "192.0.2.0/24", "127.0.0.1"])
def test_only_a_trusted_proxy_speaks_for_others(settings: Settings, tmp_path: Path, trusted: str) -> None:
    chosen = {"LECTERN_ADDRESS_RATE_PER_MINUTE": "1000", "LECTERN_TRUSTED_PROXIES": trusted}
    with (
        api_process(settings, tmp_path, **chosen) as url,
        httpx2.Client(base_url=url, trust_env=False, timeout=30) as client,
    ):
        headers = [{"X-Forwarded-For": f"203.0.113.{number}"} for number in range(3)]
        spread = [left(client.get(JOBS, headers=each)) for each in headers]
        behind = left(client.get(JOBS, headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.0"}))
        guesses = [
            client.get(JOBS, headers={**shows(UNKNOWN), "X-Forwarded-For": f"203.0.113.{number}"}).status_code
            for number in range(65)  # over two minutes' allowance for one address
        ]
    if trusted == "127.0.0.1":
        assert spread == [999, 999, 999]
        assert behind == 998, "the last hop that is not trusted counts, not what it says itself"
        assert set(guesses) == {401}
    else:
        assert spread != [999, 999, 999], "one address, whatever it says"
        assert 429 in guesses
