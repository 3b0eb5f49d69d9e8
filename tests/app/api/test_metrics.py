"""/metrics: what it tells, to whom, that it never hangs, and that two applications do not mix."""

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.core.settings import Settings
from app.main import create_app
from app.services.api_keys import create_key
from tests.app.conftest import make_settings
from tests.app.job_factory import make_job, step

pytestmark = pytest.mark.stack
Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(client: TestClient, path: str = "/metrics") -> Samples:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = text_string_to_metric_families(answer.text)
    return {(s.name, frozenset(s.labels.items())): s.value for family in families for s in family.samples}


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((name, frozenset(labels.items())), 0.0)


@pytest.fixture
def empty(sessions: sessionmaker[Session]) -> None:
    with sessions.begin() as session:
        session.execute(text("DELETE FROM jobs"))


@pytest.mark.usefixtures("empty")
def test_jobs_steps_and_leases_are_told(client: TestClient, sessions: sessionmaker[Session]) -> None:
    now = datetime.now(UTC)
    with sessions.begin() as session:
        waiting = make_job(session)
        waiting.created_at = now - timedelta(seconds=100)
        running = make_job(session)
        running.status, running.started_at = "running", now
        for lease_s, name in ((15, "uploading"), (5, "silence_detection"), (-3, "transcription")):
            row = step(running, name)
            row.status, row.started_at, row.lease_expires_at = "running", now, now + timedelta(seconds=lease_s)
        gone = make_job(session)
        gone.status, gone.deleted_at = "failed", now
        step(gone, "uploading").sent_at = now - timedelta(days=1)
    found = read(client)
    assert value(found, "lectern_up", part="database") == 1
    assert value(found, "lectern_engine_state_known") == 1
    assert value(found, "lectern_jobs", status="queued") == 1
    assert value(found, "lectern_jobs", status="running") == 1
    assert value(found, "lectern_jobs", status="deleting") == 1
    assert 100 <= value(found, "lectern_jobs_oldest_seconds", status="queued") < 200
    queues = ("media", "transcribe", "io")
    assert sum(value(found, "lectern_steps_waiting", queue=queue) for queue in queues) == 1, "the others are too early"
    assert 100 <= max(value(found, "lectern_steps_waiting_oldest_seconds", queue=queue) for queue in queues) < 200
    assert sum(value(found, "lectern_steps_running", queue=queue) for queue in queues) == 3
    assert value(found, "lectern_leases", state="expiring") == 1
    assert value(found, "lectern_leases", state="expired") == 1


def test_what_ends_is_counted_with_its_duration(client: TestClient, sessions: sessionmaker[Session]) -> None:
    labels = {"stage": "layout_detection", "outcome": "completed"}
    before = read(client)
    with sessions.begin() as session:
        job = make_job(session)
        row = step(job, "layout_detection")
        row.status, row.started_at = "running", datetime.now(UTC) - timedelta(seconds=20)
        session.flush()
        row.status = "completed"
        job.status = "completed"
    after = read(client)

    def grown(name: str, **more: str) -> float:
        return value(after, name, **more) - value(before, name, **more)

    assert grown("lectern_step_outcomes_total", **labels) == 1
    assert grown("lectern_step_duration_seconds_count", **labels) == 1
    assert grown("lectern_step_duration_seconds_bucket", **labels, le="10.0") == 0
    assert grown("lectern_step_duration_seconds_bucket", **labels, le="30.0") == 1
    assert grown("lectern_step_duration_seconds_bucket", **labels, le="+Inf") == 1
    assert 20 <= grown("lectern_step_duration_seconds_sum", **labels) < 40
    assert grown("lectern_job_outcomes_total", kind="highlights", outcome="completed") == 1


def test_requests_are_counted_by_template_and_methods_are_bounded(client: TestClient) -> None:
    for path in ("/api/v1/jobs/1", "/api/v1/jobs/2", "/api/v1/nowhere", "/wp-login.php?token=x"):
        assert client.get(path).status_code == 404
    client.request("BREW", "/api/v1/jobs")
    found = read(client, "/api/v1/metrics")
    route = "/api/v1/jobs/{job_id}"
    assert value(found, "lectern_http_requests_total", method="GET", route=route, status="404") == 2
    assert value(found, "lectern_http_request_duration_seconds_count", method="GET", route=route) == 2
    assert value(found, "lectern_http_requests_total", method="GET", route="unmatched", status="404") == 2
    others = [
        v for (n, labels), v in found.items() if n == "lectern_http_requests_total" and ("method", "other") in labels
    ]
    assert others == [1]
    assert value(found, "lectern_http_requests_open") == 1
    assert not re.search("wp-login|BREW", str(found))


def test_two_applications_count_for_themselves(client: TestClient, settings: Settings) -> None:
    client.get("/api/v1/livez")
    with TestClient(create_app(settings), base_url="http://127.0.0.1:8000") as other:
        found = read(other)
    assert value(found, "lectern_http_requests_total", method="GET", route="/api/v1/livez", status="200") == 0
    assert value(read(client), "lectern_http_requests_total", method="GET", route="/api/v1/livez", status="200") == 1


def test_where_keys_are_needed_it_takes_one_of_the_scope_metrics(settings: Settings) -> None:
    app = create_app(settings.model_copy(update={"require_keys": True}))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        with app.state.parts.sessions.begin() as session:
            reader = create_key(session, name="reader").key
            scraper = create_key(session, name="prometheus", scopes=("metrics",)).key
        assert client.get("/metrics").status_code == 401
        assert client.get("/metrics", headers={"Authorization": f"Bearer {reader}"}).status_code == 403
        assert client.get("/api/v1/metrics", headers={"Authorization": f"Bearer {scraper}"}).status_code == 200
        assert client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {scraper}"}).status_code == 403


@contextmanager
def silent_server() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.mark.parametrize("state", ["refusing", "silent"])
def test_it_answers_within_two_seconds_when_the_database_is_down(state: str, tmp_path: Path) -> None:
    with silent_server() as port:
        url = f"postgresql://u@127.0.0.1:{port if state == 'silent' else 1}/x"
        app = create_app(make_settings(database_url=url, data_dir=tmp_path, broker_url="memory://", secret_key="s"))
        with TestClient(app, base_url="http://127.0.0.1:8000") as client:
            for _ in range(2):
                started_s = time.monotonic()
                found = read(client)
                assert time.monotonic() - started_s < 3, "two seconds, and room for a machine under load"
                assert value(found, "lectern_up", part="database") == 0
                assert value(found, "lectern_up", part="store") == 1
                assert value(found, "lectern_engine_state_known") == 0
                assert not [name for name, _ in found if name.startswith("lectern_jobs")]


def test_a_scrape_is_cheap_with_a_hundred_thousand_finished_steps(
    api: FastAPI, client: TestClient, sessions: sessionmaker[Session]
) -> None:
    with sessions.begin() as session:
        job = make_job(session)
        job.status = "completed"
        session.flush()
        values = {"job_id": job.id}
        session.execute(
            text(
                "INSERT INTO job_steps (job_id, name, stage, position, needs, optional, params, status, progress, "
                "attempt, fence, sent_count) SELECT :job_id, 'x/' || n, 'x', n, '{}', false, '{}', 'completed', 1, 1, "
                "1, 1 FROM generate_series(1, 100000) AS n"
            ),
            values,
        )
    with sessions.begin() as session:
        session.execute(text("ANALYZE job_steps"))
    try:
        times_s = []
        for _ in range(5):
            started_s = time.monotonic()
            assert value(read(client), "lectern_engine_state_known") == 1
            times_s.append(time.monotonic() - started_s)
        assert min(times_s) < 0.5, times_s
    finally:
        with sessions.begin() as session:
            session.execute(text("DELETE FROM jobs WHERE id = :job_id"), values)
