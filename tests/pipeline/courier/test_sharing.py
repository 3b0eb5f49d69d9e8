"""Many couriers, owners and receivers at once: each event is one courier's, and nobody waits for somebody slow."""

import threading
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, text

from app.core.settings import Settings
from pipeline.courier import Courier
from pipeline.courier.attempt import Attempt, Verdict
from pipeline.courier.claim import claim_due, put_off, record
from pipeline.courier.slots import MOST_TO_HOST
from tests.pipeline.courier.conftest import (
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

pytestmark = pytest.mark.stack
DONE = Verdict("delivered")


def tried() -> Attempt:
    return Attempt(datetime.now(UTC), 0.1, 200)


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


def test_a_courier_that_was_too_slow_leaves_it_to_the_next(
    sessions: Sessions, mine: Courier, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    def overtaken(call: Call) -> None:
        lose_leases(sessions)
        with sessions.begin() as session:
            assert len(claim_due(session, limit=1, most_of_owner=1)) == 1
        call.reply(200)

    receiver.behave(overtaken)
    delivery_id = announced(sessions, receiver.url())
    tick(mine)
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts, row.fence) == ("pending", 0, 2)
    assert "somebody else has it" in caplog.text


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
