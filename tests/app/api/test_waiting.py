"""Prefer: wait=N, and that whoever waits is in nobody's way."""

import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session, sessionmaker
from starlette.requests import Request
from starlette.testclient import TestClient

from app.api.prefer import wait_s
from app.models import Job
from app.services.job_watch import EVERY_S
from app.services.jobs import lock_job
from pipeline.processes import wait_until
from tests.app.api.test_upload import PATH as UPLOAD
from tests.app.api.test_upload import send
from tests.app.api.test_upload_streaming import SERVER, answer
from tests.app.job_factory import make_job

PATH = "/api/v1/jobs"
WAITERS = 200


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ([], None),
        (["wait=10"], 10),
        (["respond-async, WAIT = 7"], 7),
        (["respond-async", "wait=5; foo=bar"], 5),
        (['wait="3"'], 3),
        (["wait=0"], 0),
        (["wait=61"], 60),
        (["wait=" + "9" * 5000], 60),
        (["wait=-1"], None),
        (["wait=1.5"], None),
        (["wait"], None),
        (["wait=²"], None),
        (["waiting=5"], None),
    ],
)
def test_the_header(sent: list[str], expected: int | None) -> None:
    headers = [(b"prefer", each.encode("latin-1", "replace")) for each in sent]
    assert wait_s(Request({"type": "http", "headers": headers})) == expected


def finish(sessions: sessionmaker[Session], job_id: UUID) -> None:
    with sessions.begin() as session:
        job = lock_job(session, job_id, owner="local")
        job.status = "completed"
        job.revision += 1


@contextmanager
def finished_in(sessions: sessionmaker[Session], seconds: float, job_id: UUID | None = None) -> Iterator[None]:
    """While this is open, the job (or the newest one, once it is there) is finished after a while."""
    with sessions() as session:
        before = session.scalar(select(func.max(Job.created_at)))

    def work() -> None:
        time.sleep(seconds)
        found = job_id
        while found is None:
            with sessions() as session:
                found = session.scalar(select(Job.id).where(Job.created_at > before) if before else select(Job.id))
            time.sleep(0.02)
        finish(sessions, found)

    thread = threading.Thread(target=work)
    thread.start()
    yield
    thread.join(10)


@pytest.fixture
def job_id(sessions: sessionmaker[Session]) -> UUID:
    with sessions.begin() as session:
        return make_job(session).id


@pytest.mark.stack
def test_the_answer_comes_with_the_end(client: TestClient, sessions: sessionmaker[Session], job_id: UUID) -> None:
    began = time.monotonic()
    with finished_in(sessions, 0.3, job_id):
        found = client.get(f"{PATH}/{job_id}", headers={"Prefer": "wait=30"})
    assert (found.status_code, found.json()["status"]) == (200, "completed")
    assert found.headers["preference-applied"] == "wait=30"
    assert 0.3 < time.monotonic() - began < 3
    tag = found.headers["etag"]
    again = client.get(f"{PATH}/{job_id}", headers={"Prefer": "wait=30", "If-None-Match": tag})
    assert (again.status_code, again.headers["preference-applied"]) == (304, "wait=30")


@pytest.mark.stack
def test_the_answer_comes_without_the_end(client: TestClient, job_id: UUID) -> None:
    began = time.monotonic()
    found = client.get(f"{PATH}/{job_id}", headers={"Prefer": "wait=1"})
    assert (found.status_code, found.json()["status"]) == (200, "queued")
    assert found.headers["retry-after"]
    assert 1 <= time.monotonic() - began < 3
    assert "preference-applied" not in client.get(f"{PATH}/{job_id}").headers


@pytest.mark.stack
def test_an_upload_waits(client: TestClient, sessions: sessionmaker[Session]) -> None:
    with finished_in(sessions, 0.2):
        done = send(client, headers={"Prefer": "wait=30"})
    assert (done.status_code, done.json()["status"]) == (200, "completed")
    assert done.headers["preference-applied"] == "wait=30"
    queued = send(client, headers={"Prefer": "wait=1"})
    assert (queued.status_code, queued.json()["status"]) == (202, "queued")
    assert queued.headers["location"] == queued.json()["urls"]["self"]
    assert client.post(UPLOAD, headers={"Prefer": "wait=1"}).status_code == 415


def ask(port: int, path: str, headers: str = "") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode())
    return connection


@contextmanager
def server_process(database_url: str, folder: Path) -> Iterator[int]:
    """The API in a process of its own, so that this one's work does not slow its answers."""
    command = [sys.executable, "-c", SERVER, database_url, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            yield int(server.stdout.readline())
        finally:
            server.terminate()


@pytest.mark.stack
def test_waiters_do_not_hold_up_a_server_that_goes(database_url: str, job_id: UUID, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVER, database_url, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with (
            ask(port, f"{PATH}/{job_id}/events") as watcher,
            ask(port, f"{PATH}/{job_id}", "Prefer: wait=60\r\n") as waiter,
        ):
            assert watcher.recv(65536).startswith(b"HTTP/1.1 200")
            with ask(port, "/livez") as later:
                assert answer(later).startswith(b"HTTP/1.1 200")
            server.terminate()
            assert b'"status":"queued"' in answer(waiter)
            while watcher.recv(65536):
                pass
        _, errors = server.communicate(timeout=10)
    assert "Traceback" not in errors


def open_requests(client: httpx2.Client) -> float:
    """How many requests the server is answering, this one among them."""
    found = re.search(r"^lectern_http_requests_open (\S+)$", client.get("/metrics").text, re.MULTILINE)
    assert found
    return float(found[1])


@pytest.mark.stack
@pytest.mark.alone
def test_two_hundred_waiters_are_in_nobodys_way(
    database_url: str, engine: Engine, sessions: sessionmaker[Session], tmp_path: Path
) -> None:
    with sessions.begin() as session:
        jobs = [make_job(session).id for _ in range(40)]
    with server_process(database_url, tmp_path) as port, ExitStack() as stack:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            client.get("/livez")
            half = WAITERS // 2
            waiters = [
                stack.enter_context(ask(port, f"{PATH}/{jobs[n % 40]}", "Prefer: wait=60\r\n")) for n in range(half)
            ]
            watchers = [stack.enter_context(ask(port, f"{PATH}/{jobs[n % 40]}/events")) for n in range(half)]
            for each in watchers:
                assert each.recv(65536).startswith(b"HTTP/1.1 200")
            assert wait_until(lambda: open_requests(client) > WAITERS, within_s=20), "not all of them came"
            time.sleep(EVERY_S)  # all of them came, and have been looked after once: from here on they only wait
            times_s = []
            for _ in range(300):
                began = time.perf_counter()
                assert client.get("/livez").status_code == 200
                times_s.append(time.perf_counter() - began)
                time.sleep(0.005)
            slow_s = sorted(times_s)[-3]
            began = time.monotonic()
            assert client.get(PATH).status_code == 200, "threads and connections are free"
            listed_s = time.monotonic() - began
            with engine.connect() as connection:
                busy = connection.scalar(
                    text("SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'")
                )
        for job_id in jobs:
            finish(sessions, job_id)
        for each in waiters:
            assert b'"status":"completed"' in answer(each)
        for each in watchers:
            received = b""
            while b"event: finished" not in received:
                block = each.recv(65536)
                assert block, "the stream ended early"
                received += block
    print(f"livez p99 {slow_s * 1000:.1f} ms, median {sorted(times_s)[150] * 1000:.1f} ms; list {listed_s:.3f} s")
    assert slow_s < 0.1
    assert listed_s < 1
    assert busy == 0
