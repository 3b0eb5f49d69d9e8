"""Deliveries to a real receiver, which misbehaves."""

import json
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from standardwebhooks import Webhook

from app.core.settings import Settings
from app.services.job_control import mark_deleted
from app.services.webhooks import replay, signing_secret
from pipeline.courier import Courier, attempt, courier
from tests.pipeline.courier.conftest import CANARY, SECRET, WITHIN_S, Sessions, announced, make_due, row_of, tick
from tests.pipeline.courier.receiver import Receiver, cut, hang, huge_body, slow_body, status

pytestmark = pytest.mark.stack


def test_a_message_arrives_signed(sessions: Sessions, mine: Courier, receiver: Receiver) -> None:
    delivery_id = announced(sessions, receiver.url("/hook/é?key=value"))
    tick(mine)
    (message,) = receiver.messages
    assert message.path == "/hook/%C3%A9?key=value"
    assert message.id == str(delivery_id)
    assert message.headers["content-type"] == "application/json"
    sent = Webhook(signing_secret(SECRET, "local")).verify(message.body, message.headers)
    assert sent == json.loads(message.body)
    assert (sent["type"], sent["data"]["status"]) == ("job.cancelled", "cancelled")
    assert sent["data"]["urls"]["self"] == f"https://lectern.example/api/v1/jobs/{sent['data']['id']}"
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts, row.lease_expires_at) == ("delivered", 1, None)
    assert row.finished_at is not None
    (tried,) = row.log
    assert (tried.status_code, tried.error) == (204, None)
    assert 0 <= tried.duration_s < WITHIN_S
    tick(mine)
    assert len(receiver.messages) == 1


def test_what_failed_is_sent_again_the_same(sessions: Sessions, mine: Courier, receiver: Receiver) -> None:
    receiver.behave(status(500), status(200))
    delivery_id = announced(sessions, receiver.url())
    tick(mine)
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts, row.finished_at) == ("pending", 1, None)
    tick(mine)
    assert len(receiver.messages) == 1, "it is not due"
    assert 0 < make_due(sessions) <= 5.5
    tick(mine)
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts) == ("delivered", 2)
    assert [(a.status_code, a.error) for a in row.log] == [(500, "The receiver answered 500."), (200, None)]
    first, second = receiver.messages
    assert (first.id, first.body) == (second.id, second.body)
    Webhook(signing_secret(SECRET, "local")).verify(second.body, second.headers)


def test_the_schedule_is_gone_through_and_ends(sessions: Sessions, mine: Courier, receiver: Receiver) -> None:
    receiver.behave(always=status(503))
    delivery_id = announced(sessions, receiver.url())
    pauses_s = []
    for _ in attempt.SCHEDULE_S:
        tick(mine)
        assert row_of(sessions, delivery_id).status == "pending"
        pauses_s.append(make_due(sessions))
    tick(mine)
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts, len(row.log)) == ("failed", 11, 11)
    assert row.finished_at is not None
    for pause_s, planned_s in zip(pauses_s, attempt.SCHEDULE_S, strict=True):
        assert planned_s - WITHIN_S < pause_s <= planned_s * 1.1
    assert len({message.id for message in receiver.messages}) == 1
    make_due(sessions)
    tick(mine)
    assert len(receiver.messages) == 11


def test_a_receiver_may_ask_for_time(sessions: Sessions, mine: Courier, receiver: Receiver) -> None:
    receiver.behave(status(429, Retry_After="3600"))
    delivery_id = announced(sessions, receiver.url())
    tick(mine)
    assert row_of(sessions, delivery_id).status == "pending"
    assert 3600 - WITHIN_S < make_due(sessions) <= 3600


def test_a_receiver_that_is_gone_is_left_alone(sessions: Sessions, mine: Courier, receiver: Receiver) -> None:
    receiver.behave(status(410))
    delivery_id = announced(sessions, receiver.url())
    tick(mine)
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts) == ("failed", 1)
    assert row.log[0].error == "The receiver answered 410: it is gone for good, and is not asked again."


def test_redirects_are_not_followed(sessions: Sessions, mine: Courier, receiver: Receiver) -> None:
    with Receiver() as other:
        receiver.behave(status(307, Location=other.url(f"/{CANARY}")))
        delivery_id = announced(sessions, receiver.url())
        tick(mine)
        assert other.messages == []
    row = row_of(sessions, delivery_id)
    assert (row.status, row.log[0].status_code) == ("pending", 307)
    assert "not followed" in (row.log[0].error or "")
    assert CANARY not in (row.log[0].error or "")


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("behaviour", "code", "state", "error"),
    [
        (hang, None, "pending", "The server took too long."),
        (cut, None, "pending", "The server does not speak HTTP as it should."),
        (huge_body, 200, "delivered", None),
        (slow_body, 200, "delivered", None),
    ],
    ids=["hangs", "cuts", "huge", "slow"],
)
def test_receivers_that_misbehave(
    sessions: Sessions,
    mine: Courier,
    receiver: Receiver,
    behaviour: Callable[[Any], None],
    code: int | None,
    state: str,
    error: str | None,
) -> None:
    receiver.behave(behaviour)
    delivery_id = announced(sessions, receiver.url())
    tick(mine)
    row = row_of(sessions, delivery_id)
    (tried,) = row.log
    assert (row.status, tried.status_code, tried.error) == (state, code, error)


def test_nobody_listens(sessions: Sessions, mine: Courier) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    delivery_id = announced(sessions, f"http://127.0.0.1:{port}/{CANARY}")
    tick(mine)
    row = row_of(sessions, delivery_id)
    assert (row.status, row.log[0].status_code) == ("pending", None)
    assert row.log[0].error == f"127.0.0.1 does not take connections on port {port}."


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "2130706433"])
def test_forbidden_addresses_see_no_connection(
    sessions: Sessions, settings: Settings, stop: threading.Event, host: str
) -> None:
    strict = settings.model_copy(update={"egress_networks": ()})
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        delivery_id = announced(sessions, f"http://{host}:{server.getsockname()[1]}/{CANARY}")
        tick(Courier(strict, sessions, stop))
        with pytest.raises(BlockingIOError):
            server.accept()
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts, row.log[0].status_code) == ("failed", 1, None)
    assert row.log[0].error
    assert CANARY not in row.log[0].error


def test_an_address_that_cannot_be_opened(sessions: Sessions, mine: Courier, receiver: Receiver) -> None:
    delivery_id = announced(sessions, receiver.url(), secret=b"the secret before")
    tick(mine)
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts) == ("failed", 1)
    assert "LECTERN_SECRET_KEY" in (row.log[0].error or "")
    assert receiver.messages == []


def test_deleted_jobs_are_not_spoken_of(sessions: Sessions, mine: Courier, receiver: Receiver) -> None:
    row = row_of(sessions, announced(sessions, receiver.url()))
    with sessions.begin() as session:
        mark_deleted(session, row.job_id, owner="local")
    tick(mine)
    assert receiver.messages == []


def test_replay_sends_the_same_event_at_once(sessions: Sessions, mine: Courier, receiver: Receiver) -> None:
    delivery_id = announced(sessions, receiver.url())
    tick(mine)
    with sessions.begin() as session:
        replay(session, row_of(sessions, delivery_id).job_id, delivery_id, owner="local")
    tick(mine)
    first, second = receiver.messages
    assert (first.id, first.body) == (second.id, second.body)
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts, len(row.log)) == ("delivered", 2, 2)


def test_a_bug_uses_an_attempt_up_and_tells_nothing(
    sessions: Sessions,
    mine: Courier,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: Any) -> None:
        raise ValueError(receiver.url(f"/{CANARY}"))

    monkeypatch.setattr(courier, "attempt_delivery", broken)
    delivery_id = announced(sessions, receiver.url())
    tick(mine)
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts) == ("pending", 1)
    assert "ValueError" in caplog.text
    assert CANARY not in caplog.text


@pytest.mark.usefixtures("impatient")
def test_addresses_are_nowhere_to_be_read(
    sessions: Sessions, mine: Courier, receiver: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    receiver.behave(hang, cut, status(302, Location=f"/{CANARY}"), status(410), slow_body, status(500), status(200))
    for _ in range(7):
        announced(sessions, receiver.url(f"/{CANARY}?key={CANARY}"))
    announced(sessions, f"http://127.0.0.1:1/{CANARY}")
    announced(sessions, f"http://10.0.0.1/{CANARY}")
    for _ in range(3):
        make_due(sessions)
        tick(mine)
    assert len(receiver.messages) >= 7
    assert CANARY in receiver.messages[0].path
    assert "delivery" in caplog.text
    assert CANARY not in caplog.text
    with sessions.begin() as session:
        for table in ("webhook_deliveries", "webhook_attempts", "jobs", "processing_logs"):
            rows = session.execute(text(f"SELECT t::text FROM {table} AS t")).scalars().all()
            assert rows, table
            assert not [row for row in rows if CANARY in row], table
