"""The access log: one line a request, with what identifies it and nothing that a caller can hide a secret in."""

import logging
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app.core.logging import ContextFilter
from app.core.settings import Settings
from app.main import create_app
from app.services.api_keys import create_key
from tests.app.core.test_redaction import CANARY

pytestmark = pytest.mark.stack


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []
        self.addFilter(ContextFilter())

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    @property
    def last(self) -> dict[str, object]:
        return self.records[-1].__dict__


@pytest.fixture
def kept() -> Iterator[Kept]:
    logger, handler = logging.getLogger("lectern"), Kept()
    logger.addHandler(handler)
    level = logger.level
    logger.setLevel("INFO")
    yield handler
    logger.setLevel(level)
    logger.removeHandler(handler)


def test_a_request_is_one_line_with_its_template(client: TestClient, kept: Kept) -> None:
    job_id = "0197f0c2-0000-7000-8000-000000000000"
    answer = client.get(f"/api/v1/jobs/{job_id}?token={CANARY}", headers={"X-Request-ID": "mine-1"})
    assert len(kept.records) == 1
    said = kept.last
    assert said["name"] == "lectern.access"
    assert {key: said[key] for key in ("method", "route", "status", "job_id", "request_id", "actor", "owner")} == {
        "method": "GET",
        "route": "/api/v1/jobs/{job_id}",
        "status": 404,
        "job_id": job_id,
        "request_id": "mine-1",
        "actor": "local",
        "owner": "local",
    }
    assert said["size_bytes"] == len(answer.content)
    assert said["address"] == "testclient"
    assert 0 < float(str(said["duration_s"])) < 60


def test_what_a_caller_sends_is_not_in_it(client: TestClient, kept: Kept) -> None:
    for path in (f"/api/v1/{CANARY}", f"/api/v1/jobs/{CANARY}", f"/api/v1/jobs?cursor={CANARY}", f"/docs?{CANARY}=1"):
        client.get(path, headers={"Authorization": f"Bearer {CANARY}", "X-API-Key": CANARY, "User-Agent": CANARY})
    assert len(kept.records) == 4
    assert CANARY not in str([record.__dict__ for record in kept.records])


def test_a_secret_is_no_request_id(client: TestClient, kept: Kept) -> None:
    answer = client.get("/livez", headers={"X-Request-ID": f"sk-{CANARY}"})
    assert CANARY not in answer.headers["x-request-id"]
    assert CANARY not in str(kept.last)


def test_the_key_is_told_by_its_prefix(settings: Settings, kept: Kept) -> None:
    app = create_app(settings)
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        with app.state.parts.sessions.begin() as session:
            made = create_key(session, name="mine")
        for _ in range(2):
            client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {made.key}"})
            assert (kept.last["actor"], kept.last["owner"]) == (made.row.prefix, made.row.owner)
            client.get("/api/v1/livez")
            assert kept.last["actor"] is None, "one request's caller is not the next one's"
    assert made.key not in str([record.__dict__ for record in kept.records])


def test_refusals_of_other_layers_are_told_too(client: TestClient, kept: Kept) -> None:
    client.get("/api/v1/jobs", headers={"Host": "evil.example"})
    assert (kept.last["status"], kept.last["route"]) == (403, "unmatched")
