"""Who waits for a job, or watches it, while PostgreSQL is down: a wait that ends well."""

import socket
import threading
import time
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from app.api.deps import Parts
from app.core.database import make_engine, make_sessions
from pipeline.processes import wait_until
from tests.app.api.degradation.outage import WITHIN_S, back, unavailable
from tests.app.api.test_upload_streaming import answer
from tests.app.api.test_waiting import ask, finish
from tests.app.job_factory import make_job
from tests.outages import BreakablePostgres
from tests.tcp_proxy import TcpProxy

pytestmark = [pytest.mark.stack, pytest.mark.alone]


def test_who_waits_for_a_job_waits_through_an_outage(
    port: int, http: httpx2.Client, proxy: TcpProxy, sessions: sessionmaker[Session], postgres: BreakablePostgres
) -> None:
    with sessions.begin() as session:
        job_id = make_job(session).id
    with ask(port, f"/api/v1/jobs/{job_id}", "Prefer: wait=60\r\n") as waiter:
        time.sleep(0.6)  # it looks each half second
        proxy.hold()
        unavailable(http.get(f"/api/v1/jobs/{job_id}"))
        proxy.pass_on()
        assert wait_until(lambda: back(http), within_s=10)
        finish(sessions, job_id)
        assert b'"status":"completed"' in answer(waiter)


def test_whose_wait_ends_in_an_outage_is_told(port: int, http: httpx2.Client, proxy: TcpProxy, job_id: UUID) -> None:
    with ask(port, f"/api/v1/jobs/{job_id}", "Prefer: wait=2\r\n") as waiter:
        time.sleep(0.5)
        proxy.hold()
        began_s = time.monotonic()
        assert answer(waiter).startswith(b"HTTP/1.1 503")
        assert time.monotonic() - began_s < 2 + WITHIN_S
    proxy.pass_on()
    assert wait_until(lambda: back(http), within_s=10)


def read_until(stream: socket.socket, wanted: bytes) -> bytes:
    received = b""
    while wanted not in received:
        block = stream.recv(65536)
        assert block, f"the stream ended early: {received!r}"
        received += block
    return received


def test_events_go_on_after_an_outage(
    port: int, http: httpx2.Client, proxy: TcpProxy, sessions: sessionmaker[Session], job_id: UUID
) -> None:
    with ask(port, f"/api/v1/jobs/{job_id}/events") as stream:
        read_until(stream, b"event: progress")
        proxy.hold()
        unavailable(http.get(f"/api/v1/jobs/{job_id}"))
        proxy.pass_on()
        assert wait_until(lambda: back(http), within_s=10)
        finish(sessions, job_id)
        read_until(stream, b"event: finished")


def test_a_stream_that_asks_during_an_outage_shows_that_it_lives(
    port: int, http: httpx2.Client, parts: Parts, proxy: TcpProxy, postgres: BreakablePostgres, job_id: UUID
) -> None:
    seen = threading.Event()

    def looked(*context: Any) -> None:
        if "max(processing_logs.id)" in context[2]:
            seen.set()

    def given_back(*_: Any) -> None:
        if seen.is_set():
            proxy.hold()

    direct = make_engine(postgres.url)
    with ask(port, f"/api/v1/jobs/{job_id}/events") as stream:
        read_until(stream, b"event: progress")
        finish(make_sessions(direct), job_id)
        event.listen(parts.engine, "after_cursor_execute", looked)
        event.listen(parts.engine, "checkin", given_back)
        read_until(stream, b": waiting for the database")
        event.remove(parts.engine, "checkin", given_back)
        event.remove(parts.engine, "after_cursor_execute", looked)
        proxy.pass_on()
        read_until(stream, b"event: finished")
    direct.dispose()
