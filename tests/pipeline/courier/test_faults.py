"""Couriers that die, race, stop and lose their database; receivers that take their time."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from app.core.database import make_engine, make_sessions
from app.core.settings import Settings
from pipeline.courier import Courier, courier
from pipeline.courier.attempt import Attempt, Verdict
from pipeline.courier.claim import claim_due, put_off, record
from pipeline.courier.slots import MOST_TO_HOST
from tests.pipeline.courier.conftest import (
    SECRET,
    Sessions,
    announced,
    flood,
    lose_leases,
    make_due,
    row_of,
    running,
    tick,
    undelivered,
    wait_until,
)
from tests.pipeline.courier.receiver import Call, Receiver, hang
from tests.tcp_proxy import TcpProxy

pytestmark = pytest.mark.stack
ROOT = Path(__file__).resolve().parents[3]
DONE = Verdict("delivered")


def tried() -> Attempt:
    return Attempt(datetime.now(UTC), 0.1, 200)


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


def test_two_couriers_deliver_each_event_once(
    sessions: Sessions, settings: Settings, receiver: Receiver, stop: threading.Event
) -> None:
    ids = [each for n in range(4) for each in flood(sessions, receiver.url(), 15, owner=f"owner-{n}")]
    with running(*(Courier(settings, sessions, stop) for _ in range(2)), stop=stop):
        wait_until(lambda: undelivered(sessions) == 0, "all are delivered")
    assert sorted(message.id for message in receiver.messages) == sorted(map(str, ids))
    assert {row_of(sessions, each).attempts for each in ids} == {1}


def test_a_slow_receiver_holds_up_nobody_else(
    sessions: Sessions, mine: Courier, receiver: Receiver, stop: threading.Event
) -> None:
    with Receiver() as slow:
        slow.behave(always=hang)
        flood(sessions, slow.url(), 30)
        for owner in ("local", "another"):
            flood(sessions, receiver.url(host="localhost"), 8, owner=owner)
        with running(mine, stop=stop):
            wait_until(lambda: undelivered(sessions) == 30, "those of the other receiver are delivered")
        assert slow.most_at_once <= MOST_TO_HOST
        assert len(slow.messages) == MOST_TO_HOST, "each waits for its deadline"


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


def test_no_transaction_is_open_while_it_is_sent(
    sessions: Sessions, own_engine: Engine, mine: Courier, receiver: Receiver, stop: threading.Event
) -> None:
    receiver.behave(hang)
    announced(sessions, receiver.url())
    with running(mine, stop=stop):
        receiver.wait_for(1)
        with own_engine.connect() as connection:
            open_ones = text(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
                "AND xact_start IS NOT NULL AND pid <> pg_backend_pid() AND state_change < now() - interval '0.2 s'"
            )
            time.sleep(0.3)  # longer than any transaction of ours, so that one that is open shows
            assert connection.execute(open_ones).scalar_one() == 0


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


def test_who_lost_the_lease_records_nothing(sessions: Sessions) -> None:
    delivery_id = announced(sessions, "https://example.org/")
    with sessions.begin() as session:
        (slow,) = claim_due(session, limit=5, most_of_owner=5)
    with sessions.begin() as session:
        assert claim_due(session, limit=5, most_of_owner=5) == []
    lose_leases(sessions)
    with sessions.begin() as session:
        (quick,) = claim_due(session, limit=5, most_of_owner=5)
    with sessions.begin() as session:
        assert not record(session, slow, tried(), DONE)
        put_off(session, slow, 0.0)
    row = row_of(sessions, delivery_id)
    assert (row.status, row.log, row.fence) == ("pending", [], quick.fence)
    assert row.lease_expires_at is not None
    for first_time in (True, False):
        with sessions.begin() as session:
            assert record(session, quick, tried(), Verdict("pending", 5.0)) is first_time
    assert (row_of(sessions, delivery_id).attempts, len(row_of(sessions, delivery_id).log)) == (1, 1)


def test_a_job_that_goes_while_its_event_is_sent(sessions: Sessions) -> None:
    announced(sessions, "https://example.org/")
    with sessions.begin() as session:
        (held,) = claim_due(session, limit=5, most_of_owner=5)
    with sessions.begin() as session:
        session.execute(text("DELETE FROM jobs WHERE id = :id"), {"id": held.job_id})
    with sessions.begin() as session:
        assert not record(session, held, tried(), DONE)


def test_owners_take_turns(sessions: Sessions) -> None:
    flood(sessions, "https://example.org/", 20, owner="many")
    announced(sessions, "https://example.org/", owner="one")
    make_due(sessions)
    with sessions.begin() as session:
        claimed = claim_due(session, limit=6, most_of_owner=4)
        assert sorted(held.owner for held in claimed) == ["many"] * 4 + ["one"]
        assert claim_due(session, limit=6, most_of_owner=4, sending=["many"] * 4 + ["one"]) == []
    with sessions.begin() as session:
        (last,) = claim_due(session, limit=6, most_of_owner=4, sending=["many"] * 3)
        assert last.owner == "many"


def test_held_deliveries_show_no_address(sessions: Sessions) -> None:
    announced(sessions, "https://example.org/")
    with sessions.begin() as session:
        (held,) = claim_due(session, limit=1, most_of_owner=1)
    assert held.sealed_url
    assert held.sealed_url not in repr(held)


def test_a_receiver_of_many_owners_gets_few_at_once(
    sessions: Sessions, mine: Courier, receiver: Receiver, stop: threading.Event
) -> None:
    for n in range(10):
        flood(sessions, receiver.url(), 4, owner=f"owner-{n}")
    with running(mine, stop=stop):
        wait_until(lambda: undelivered(sessions) == 0, "all are delivered")
    assert receiver.most_at_once <= MOST_TO_HOST
    assert len(receiver.messages) == 40
