"""Couriers that are killed, stopped, and lose their database: nothing is lost, and little is sent twice."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from app.core.database import make_engine, make_sessions
from app.core.settings import Settings
from pipeline.courier import Courier, courier
from tests.pipeline.courier.conftest import (
    SECRET,
    Sessions,
    announced,
    lose_leases,
    make_due,
    row_of,
    running,
    tick,
    wait_until,
)
from tests.pipeline.courier.receiver import Call, Receiver, hang
from tests.tcp_proxy import TcpProxy

pytestmark = pytest.mark.stack
ROOT = Path(__file__).resolve().parents[3]


COURIER_PROCESS = """
import sys, threading
from app.core.database import make_engine, make_sessions
from app.core.settings import Settings
from pipeline.courier import Courier
url, folder, secret, public_url = sys.argv[1:]
settings = Settings(
    _env_file=None, data_dir=folder, secret_key=secret, public_url=public_url, egress_networks="127.0.0.0/8"
)
thread = Courier(settings, make_sessions(make_engine(url)), threading.Event())
thread.start()
thread.join()
"""


@pytest.mark.parametrize("answered", [False, True], ids=["before the answer", "after the answer"])
def test_a_courier_that_is_killed_while_it_sends(
    sessions: Sessions, own_engine: Engine, mine: Courier, receiver: Receiver, tmp_path: Path, answered: bool
) -> None:
    delivery_id = announced(sessions, receiver.url())
    process = subprocess.Popen(
        [
            sys.executable,
            "-c",
            COURIER_PROCESS,
            own_engine.url.render_as_string(hide_password=False),
            str(tmp_path),
            SECRET.decode(),
            "https://lectern.example",
        ],
        cwd=ROOT,
    )

    def kill(call: Call) -> None:
        if answered:  # the courier is stopped, so that it reads the answer and records nothing
            os.kill(process.pid, signal.SIGSTOP)
            call.reply(200)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    receiver.behave(kill)
    try:
        receiver.wait_for(1, timeout_s=60)
        process.wait(20)
    finally:
        process.kill()
        process.wait()
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts, row.log) == ("pending", 0, [])
    tick(mine)
    assert len(receiver.messages) == 1, "the lease of the dead one still runs"
    lose_leases(sessions)
    tick(mine)
    first, second = receiver.messages
    assert (first.id, first.body) == (second.id, second.body)
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts, row.fence) == ("delivered", 1, 2)


def test_what_cannot_be_recorded_is_sent_again(
    sessions: Sessions, mine: Courier, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_: object) -> bool:
        raise KeyboardInterrupt  # as a thread that just ends

    delivery_id = announced(sessions, receiver.url())
    with monkeypatch.context() as broken:
        broken.setattr(courier, "record", lost)
        broken.setattr(threading, "excepthook", lambda _: None)
        tick(mine)
    assert row_of(sessions, delivery_id).status == "pending"
    lose_leases(sessions)
    tick(mine)
    assert len({message.id for message in receiver.messages}) == 1
    assert len(receiver.messages) == 2
    assert row_of(sessions, delivery_id).status == "delivered"


def test_a_machine_without_threads_left_tries_again(
    sessions: Sessions, mine: Courier, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_more(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    delivery_id = announced(sessions, receiver.url())
    with monkeypatch.context() as exhausted:
        exhausted.setattr(threading.Thread, "start", no_more)
        tick(mine)
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts, row.lease_expires_at) == ("pending", 0, None)
    make_due(sessions)
    tick(mine)
    assert row_of(sessions, delivery_id).status == "delivered"


def test_a_stop_ends_sending_and_gives_it_back(
    sessions: Sessions, mine: Courier, receiver: Receiver, stop: threading.Event
) -> None:
    receiver.behave(hang)
    delivery_id = announced(sessions, receiver.url())
    with running(mine, stop=stop):
        receiver.wait_for(1)
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 2.0
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts, row.lease_expires_at) == ("pending", 0, None)


@pytest.fixture
def proxy(own_engine: Engine) -> Iterator[TcpProxy]:
    folder = own_engine.url.query["host"]
    assert isinstance(folder, str)
    with TcpProxy(Path(folder) / ".s.PGSQL.5432") as proxy:
        yield proxy


@pytest.fixture
def far(own_engine: Engine, proxy: TcpProxy) -> Iterator[Sessions]:
    """The same database at the end of a line that can be cut."""
    url = make_url(own_engine.url).set(host="127.0.0.1", port=proxy.port, query={})
    engine = make_engine(url.render_as_string(hide_password=False))
    yield make_sessions(engine)
    engine.dispose()


def test_an_outage_of_the_database_is_survived(
    sessions: Sessions, far: Sessions, proxy: TcpProxy, settings: Settings, receiver: Receiver, stop: threading.Event
) -> None:
    with running(Courier(settings, far, stop), stop=stop):
        first = announced(sessions, receiver.url())
        wait_until(lambda: row_of(sessions, first).status == "delivered", "before the outage")
        proxy.refuse()
        proxy.cut()
        second = announced(sessions, receiver.url())
        time.sleep(1.5)  # rounds that fail
        assert len(receiver.messages) == 1
        proxy.pass_on()
        wait_until(lambda: row_of(sessions, second).status == "delivered", "after the outage")


def test_an_outage_between_send_and_record_costs_no_repetition(
    sessions: Sessions, far: Sessions, proxy: TcpProxy, settings: Settings, receiver: Receiver, stop: threading.Event
) -> None:
    def cut_off(call: Call) -> None:
        proxy.refuse()
        proxy.cut()
        call.reply(200)

    receiver.behave(cut_off)
    delivery_id = announced(sessions, receiver.url())
    with running(Courier(settings, far, stop), stop=stop):
        receiver.wait_for(1)
        time.sleep(0.7)  # the first tries to record fail
        assert row_of(sessions, delivery_id).status == "pending"
        proxy.pass_on()
        wait_until(lambda: row_of(sessions, delivery_id).status == "delivered", "recorded")
    assert len(receiver.messages) == 1
    assert row_of(sessions, delivery_id).attempts == 1


@pytest.mark.parametrize("answers", [True, False])
def test_a_stop_during_an_outage_does_not_wait_for_its_end(
    sessions: Sessions,
    far: Sessions,
    proxy: TcpProxy,
    settings: Settings,
    receiver: Receiver,
    stop: threading.Event,
    caplog: pytest.LogCaptureFixture,
    answers: bool,
) -> None:
    def cut_off(call: Call) -> None:
        proxy.refuse()
        proxy.cut()
        call.reply(200) if answers else hang(call)

    receiver.behave(cut_off)
    delivery_id = announced(sessions, receiver.url())
    with running(Courier(settings, far, stop), stop=stop):
        receiver.wait_for(1)
        time.sleep(0.3)
        began_s = time.monotonic()
    assert time.monotonic() - began_s < 4.0
    assert ("sent again" if answers else "runs out by itself") in caplog.text
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts) == ("pending", 0)
    assert row.lease_expires_at is not None, "whoever looks after that will send it"
