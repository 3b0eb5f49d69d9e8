"""Uploads while PostgreSQL goes away: refused in time, nothing left, and no recording lost whose job is there."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx2
import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session, sessionmaker

from app.api.deps import Parts
from app.core.settings import Settings
from app.models import Job
from pipeline.processes import wait_until
from tests.app.api.degradation.outage import WITHIN_S, back, take_down, unavailable, upload
from tests.app.api.test_upload_streaming import END, HEAD, PART, answer, begin
from tests.app.conftest import files_in
from tests.tcp_proxy import TcpProxy

pytestmark = [pytest.mark.stack, pytest.mark.alone]


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
