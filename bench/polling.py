"""What a poll costs: ``GET /jobs/{id}`` with If-None-Match, key check and rate limit on, beside an empty route."""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

import httpx2

from app.core.database import make_engine, make_sessions
from app.core.migrations import upgrade
from app.models import Upload
from app.services.api_keys import create_key
from app.services.jobs import create_job
from app.services.options import HighlightsOptions
from bench.load import requests_per_s
from bench.table import Row
from pipeline.postgres import EmbeddedPostgres
from pipeline.processes import wait_until

ROUNDS = 5
SECONDS = 2.0
CONNECTIONS = 8
TARGET = 0.15


def rows() -> list[Row]:
    """Both servers are single processes on loopback and take turns, so that a busy machine slows both alike."""
    with tempfile.TemporaryDirectory(prefix="lectern-bench-") as name:
        folder = Path(name)
        postgres = EmbeddedPostgres(folder)
        try:
            url = postgres.start()
            key, path = _a_job(url)
            environment = os.environ | {
                "LECTERN_DATABASE_URL": url,
                "LECTERN_DATA_DIR": name,
                "LECTERN_REQUIRE_KEYS": "true",
                "LECTERN_KEY_RATE_PER_MINUTE": "100000000",
                "LECTERN_ADDRESS_RATE_PER_MINUTE": "100000000",
            }
            with _server("pipeline.api_server", environment) as ours, _server("bench.empty_api", environment) as empty:
                return [_compare(ours, empty, key, path)]
        finally:
            postgres.stop()
            postgres.remove()


def _compare(ours: int, empty: int, key: str, path: str) -> Row:
    headers = {"Authorization": f"Bearer {key}"}
    first = httpx2.get(f"http://127.0.0.1:{ours}{path}", headers=headers, trust_env=False).raise_for_status()
    assert "ratelimit" in first.headers
    tag = first.headers["etag"]
    poll = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\nIf-None-Match: {tag}\r\n\r\n"
    rates: list[tuple[float, float]] = []
    for _ in range(ROUNDS):
        pair = [
            requests_per_s(port, request.encode(), expected=expected, seconds=SECONDS, connections=CONNECTIONS)
            for port, request, expected in (
                (ours, poll, b"HTTP/1.1 304"),
                (empty, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", b"HTTP/1.1 200"),
            )
        ]
        rates.append((pair[0], pair[1]))
    polls, nothings = (median(each) for each in zip(*rates, strict=True))
    ratio = median(one / other for one, other in rates)
    return Row(
        "1,000 polls of an unchanged job (304), key check and rate limit on",
        1000 / polls,
        "an empty FastAPI route",
        1000 / nothings,
        ratio,
        target=f">= {TARGET}",
        met=ratio >= TARGET,
        note=f"{polls:.0f} against {nothings:.0f} requests/s, {CONNECTIONS} connections",
    )


def _a_job(url: str) -> tuple[str, str]:
    """A key, and the path of a queued job it owns."""
    engine = make_engine(url)
    upgrade(engine)
    with make_sessions(engine).begin() as session:
        made = create_key(session, name="bench")
        upload = Upload(
            owner=made.row.owner,
            filename="lecture.mp4",
            content_type="video/mp4",
            size_bytes=1000,
            sha256="0" * 64,
            object_key="uploads/0/source.mp4",
        )
        session.add(upload)
        session.flush()
        job = create_job(
            session,
            kind="highlights",
            upload=upload,
            options=HighlightsOptions().model_dump(mode="json"),
            owner=made.row.owner,
            retention=timedelta(days=1),
        )
    engine.dispose()
    return made.key, f"/api/v1/jobs/{job.id}"


@contextmanager
def _server(module: str, environment: dict[str, str]) -> Iterator[int]:
    """``python -m module FD`` on a listening socket; gives its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        process = subprocess.Popen(
            [sys.executable, "-m", module, str(listener.fileno())],
            env=environment,
            pass_fds=(listener.fileno(),),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            assert wait_until(lambda: _answers(port), within_s=60), f"{module} does not answer"
            yield port
        finally:
            process.terminate()
            process.wait(20)


def _answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/livez", trust_env=False, timeout=5).status_code < 500
    except httpx2.HTTPError:
        return False
