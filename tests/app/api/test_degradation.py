"""What clients see while PostgreSQL is down, in every way of being down: 503 in time, or a wait that ends well."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, sessionmaker

from app.api.deps import Parts
from app.core.database import make_engine, make_sessions
from app.core.migrations import upgrade
from app.core.settings import Settings
from app.main import create_app
from app.models import Job
from app.services.unsettled import UnsettledUploads
from pipeline.processes import wait_until
from tests.app.api.test_upload import MP4, problem
from tests.app.api.test_upload_streaming import END, HEAD, PART, answer, begin
from tests.app.api.test_waiting import ask, finish
from tests.app.conftest import files_in
from tests.app.job_factory import make_job
from tests.outages import BreakablePostgres, frozen, through
from tests.tcp_proxy import TcpProxy

pytestmark = pytest.mark.stack
WITHIN_S = 2.0
DOWN = pytest.mark.parametrize("how", ["hold", "refuse and cut", "unreachable and cut"])


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BreakablePostgres]:
    server = BreakablePostgres(tmp_path_factory.mktemp("breakable"))
    engine = make_engine(server.url)
    upgrade(engine)
    engine.dispose()
    yield server
    server.remove()


@pytest.fixture
def proxy(postgres: BreakablePostgres) -> Iterator[TcpProxy]:
    with postgres.proxy() as proxy:
        yield proxy


@pytest.fixture
def database_url(postgres: BreakablePostgres, proxy: TcpProxy) -> str:
    return through(proxy, postgres.url)


@pytest.fixture
def api(settings: Settings) -> FastAPI:
    """What nobody knows of is settled within a second."""
    api = create_app(settings)
    parts: Parts = api.state.parts
    quick = UnsettledUploads(parts.sessions, parts.store, ask_every_s=0.1, certain_after_s=0.5)
    api.state.parts = replace(parts, unsettled=quick)
    return api


@pytest.fixture
def port(api: FastAPI) -> Iterator[int]:
    """The API on a port of its own, in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(api, log_config=None, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        assert wait_until(lambda: server.started, within_s=20)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


@pytest.fixture
def http(port: int) -> Iterator[httpx2.Client]:
    limits = httpx2.Limits(max_connections=300)
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False, limits=limits) as client:
        assert client.get("/health").status_code == 200
        yield client


@pytest.fixture
def job_id(sessions: sessionmaker[Session], http: httpx2.Client) -> UUID:
    with sessions.begin() as session:
        return make_job(session).id


def take_down(proxy: TcpProxy, how: str) -> None:
    for act in how.split(" and "):
        getattr(proxy, act)()


def unavailable(response: httpx2.Response) -> None:
    problem(response, 503, "database_unavailable")
    assert int(response.headers["retry-after"]) >= 1


def timed(act: Callable[[], httpx2.Response]) -> tuple[httpx2.Response, float]:
    began_s = time.monotonic()
    return act(), time.monotonic() - began_s


def back(http: httpx2.Client, path: str = "/health") -> bool:
    return http.get(path).status_code == 200


def upload(http: httpx2.Client, headers: dict[str, str] | None = None) -> httpx2.Response:
    return http.post("/api/v1/upload", files={"file": ("a.mp4", MP4, "video/mp4")}, headers=headers)


@DOWN
def test_every_route_says_so_in_time(http: httpx2.Client, proxy: TcpProxy, job_id: UUID, how: str) -> None:
    routes: list[Callable[[], httpx2.Response]] = [
        lambda: http.get("/api/v1/jobs"),
        lambda: http.get(f"/api/v1/jobs/{job_id}"),
        lambda: http.get(f"/api/v1/jobs/{job_id}", headers={"Prefer": "wait=30"}),
        lambda: http.get(f"/api/v1/jobs/{job_id}/events"),
        lambda: http.get(f"/api/v1/jobs/{job_id}/logs"),
        lambda: http.get(f"/api/v1/results/{job_id}"),
        lambda: http.post(f"/api/v1/jobs/{job_id}/cancel"),
        lambda: http.delete(f"/api/v1/jobs/{job_id}"),
        lambda: http.get("/health"),
        lambda: upload(http, {"Idempotency-Key": str(uuid4())}),
    ]
    take_down(proxy, how)
    took_s = []
    for route in routes:
        response, seconds = timed(route)
        unavailable(response)
        took_s.append(seconds)
        alive, livez_s = timed(lambda: http.get("/livez"))
        assert alive.status_code == 200
        assert livez_s < 1
    ready, ready_s = timed(lambda: http.get("/readyz"))
    assert [each["field"] for each in problem(ready, 503, "not_ready")["errors"]] == ["database"]
    assert ready.headers["retry-after"]
    assert max(took_s) < WITHIN_S
    assert ready_s < WITHIN_S + 1
    print(f"{how}: first {took_s[0]:.3f} s, slowest {max(took_s):.3f} s, readyz {ready_s:.3f} s")
    proxy.pass_on()
    assert wait_until(lambda: back(http), within_s=10)
    assert wait_until(lambda: back(http, "/readyz"), within_s=10)


def test_the_server_itself_frozen_and_killed(http: httpx2.Client, postgres: BreakablePostgres, job_id: UUID) -> None:
    with frozen(postgres.pid):
        response, took_s = timed(lambda: http.get(f"/api/v1/jobs/{job_id}"))
        unavailable(response)
        assert took_s < WITHIN_S
    assert wait_until(lambda: back(http), within_s=10)
    postgres.kill()
    response, took_s = timed(lambda: http.get(f"/api/v1/jobs/{job_id}"))
    unavailable(response)
    assert took_s < WITHIN_S
    postgres.start()
    assert wait_until(lambda: back(http), within_s=30), "also while it recovers, the answer is 503 and never 500"
    assert back(http, f"/api/v1/jobs/{job_id}")


def test_a_burst_is_answered_together(http: httpx2.Client, proxy: TcpProxy, job_id: UUID) -> None:
    proxy.hold()
    with ThreadPoolExecutor(120) as threads:
        began_s = time.monotonic()
        answers = [threads.submit(timed, lambda: http.get(f"/api/v1/jobs/{job_id}")) for _ in range(120)]
        alive, livez_s = timed(lambda: http.get("/livez"))
        assert alive.status_code == 200
        for each in answers:
            unavailable(each.result()[0])
        whole_s = time.monotonic() - began_s
    slowest_s = max(each.result()[1] for each in answers)
    print(f"120 at once: slowest {slowest_s:.3f} s, all {whole_s:.3f} s, livez meanwhile {livez_s:.3f} s")
    assert slowest_s < WITHIN_S + 2, "the clients of this test share a process with the server"
    assert livez_s < 2
    proxy.pass_on()
    assert wait_until(lambda: back(http), within_s=10)


def test_an_upload_is_refused_before_its_body(port: int, http: httpx2.Client, proxy: TcpProxy) -> None:
    proxy.hold()
    with begin(port, 900_000, expect=True) as connection:
        received = answer(connection)
    assert received.startswith(b"HTTP/1.1 503"), "not 100 Continue"
    assert b"retry-after:" in received.lower()
    proxy.pass_on()
    assert wait_until(lambda: back(http), within_s=10)


@pytest.mark.parametrize("how", ["hold", "refuse and cut"])
def test_an_upload_in_whose_midst_it_goes_down(
    port: int, http: httpx2.Client, proxy: TcpProxy, settings: Settings, how: str
) -> None:
    rest = 900_000 - len(PART) - len(HEAD) - len(END)
    with begin(port, 900_000, headers="Idempotency-Key: again\r\n") as connection:
        connection.sendall(PART + HEAD)
        take_down(proxy, how)
        connection.sendall(bytes(rest) + END)
        began_s = time.monotonic()
        received = answer(connection)
    assert received.startswith(b"HTTP/1.1 503")
    assert b'"code":"database_unavailable"' in received
    assert b"retry-after:" in received.lower()
    assert time.monotonic() - began_s < WITHIN_S + 0.5, "the file is written too"
    assert wait_until(lambda: files_in(settings.object_dir) == [], within_s=5)
    proxy.pass_on()
    assert wait_until(lambda: back(http), within_s=10)


@contextmanager
def at_commit(sessions: sessionmaker[Session], act: Callable[[], None]) -> Iterator[None]:
    """Do ``act`` when an upload is about to be committed."""

    def strike(session: Session) -> None:
        if any(isinstance(each, Job) for each in session.identity_map.values()):
            act()

    event.listen(sessions, "before_commit", strike)
    try:
        yield
    finally:
        event.remove(sessions, "before_commit", strike)


def jobs_there(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return session.scalar(select(func.count()).select_from(Job)) or 0


def test_a_commit_that_did_not_happen_leaves_nothing(
    http: httpx2.Client, parts: Parts, proxy: TcpProxy, settings: Settings
) -> None:
    before = jobs_there(parts.sessions)
    with at_commit(parts.sessions, proxy.cut):
        unavailable(upload(http))
    assert wait_until(lambda: files_in(settings.object_dir) == [], within_s=10)
    assert jobs_there(parts.sessions) == before


def test_a_commit_whose_answer_was_lost_keeps_its_recording(
    http: httpx2.Client, parts: Parts, proxy: TcpProxy, settings: Settings
) -> None:
    before = jobs_there(parts.sessions)
    with at_commit(parts.sessions, lambda: proxy.cut_after(0)):
        unavailable(upload(http, {"Idempotency-Key": "lost"}))
    assert jobs_there(parts.sessions) == before + 1
    assert wait_until(lambda: parts.unsettled._thread is None, within_s=10)
    assert len(files_in(settings.object_dir)) == 1
    again = upload(http, {"Idempotency-Key": "lost"})
    assert again.status_code == 202, "the client asks again and gets its job"
    assert again.headers["idempotency-replayed"] == "true"
    assert jobs_there(parts.sessions) == before + 1


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
