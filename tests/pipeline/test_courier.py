"""Deliveries to a real receiver, which misbehaves; and couriers that die, race and lose their database."""

import json
import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, selectinload, sessionmaker
from standardwebhooks import Webhook

from app.core.settings import Settings
from app.models import Job, WebhookDelivery
from app.services.job_control import cancel_job, mark_deleted
from app.services.webhooks import replay, signing_secret, url_sealer
from pipeline import courier, delivery
from pipeline.courier import Courier
from pipeline.delivery_claim import LEASE_S
from tests.app.conftest import make_settings
from tests.pipeline.conftest import submit
from tests.pipeline.webhook_receiver import Receiver, cut, hang, huge_body, slow_body, status

pytestmark = pytest.mark.stack
Sessions = sessionmaker[Session]
SECRET = b"a secret of tests"
CANARY = "c4nary"
WITHIN_S = 20.0


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(
        data_dir=tmp_path,
        secret_key=SECRET.decode(),
        egress_networks="127.0.0.0/8,::1/128",
        public_url="https://lectern.example/",
    )


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def mine(settings: Settings, sessions: Sessions, stop: threading.Event) -> Courier:
    """A courier that is not started: ``tick`` has it do one round."""
    return Courier(settings, sessions, stop)


def tick(courier: Courier) -> None:
    courier.send_due()
    assert courier.wait_idle(WITHIN_S)


def announced(sessions: Sessions, url: str, *, owner: str = "local", secret: bytes = SECRET) -> UUID:
    """The id of the delivery of a job that was cancelled."""
    job_id = submit(sessions, f"uploads/{uuid4()}/source.mp4")
    with sessions.begin() as session:
        job = session.get_one(Job, job_id)
        job.webhook_url, job.owner = url_sealer(secret).seal(url), owner
        session.flush()
        cancel_job(session, job_id, owner=owner)
        return session.scalars(select(WebhookDelivery.id).where(WebhookDelivery.job_id == job_id)).one()


def row_of(sessions: Sessions, delivery_id: UUID) -> WebhookDelivery:
    with sessions.begin() as session:
        return session.get_one(WebhookDelivery, delivery_id, options=[selectinload(WebhookDelivery.log)])


def make_due(sessions: Sessions) -> float:
    """Let time pass until everything is due; returns how long that would have taken for the last."""
    with sessions.begin() as session:
        pause = text("SELECT max(extract(epoch FROM next_attempt_at - now())) FROM webhook_deliveries")
        pause_s = session.execute(pause).scalar_one()
        session.execute(text("UPDATE webhook_deliveries SET next_attempt_at = now() - interval '1 second'"))
        return float(pause_s)


def lose_leases(sessions: Sessions) -> None:
    """Let leases run out."""
    with sessions.begin() as session:
        age = text("UPDATE webhook_deliveries SET lease_expires_at = lease_expires_at - make_interval(secs => :s)")
        session.execute(age, {"s": LEASE_S + 1})


def wait_until(condition: Callable[[], bool], what: str) -> None:
    end_s = time.monotonic() + WITHIN_S
    while not condition():
        assert time.monotonic() < end_s, f"not within {WITHIN_S:g} s: {what}"
        time.sleep(0.02)


@contextmanager
def running(*couriers: Courier, stop: threading.Event) -> Iterator[None]:
    """Started, and ended within two seconds of the stop."""
    for each in couriers:
        each.start()
    try:
        yield
    finally:
        stop.set()
        began_s = time.monotonic()
        for each in couriers:
            each.join(WITHIN_S)
        assert time.monotonic() - began_s < 2.0
        assert not any(each.is_alive() for each in couriers)


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
    (attempt,) = row.log
    assert (attempt.status_code, attempt.error) == (204, None)
    assert 0 <= attempt.duration_s < WITHIN_S
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
    for _ in delivery.SCHEDULE_S:
        tick(mine)
        assert row_of(sessions, delivery_id).status == "pending"
        pauses_s.append(make_due(sessions))
    tick(mine)
    row = row_of(sessions, delivery_id)
    assert (row.status, row.attempts, len(row.log)) == ("failed", 11, 11)
    assert row.finished_at is not None
    for pause_s, planned_s in zip(pauses_s, delivery.SCHEDULE_S, strict=True):
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


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "TIMEOUT_S", 0.6)
    monkeypatch.setattr(delivery, "DEADLINE_S", 1.0)


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
    (attempt,) = row.log
    assert (row.status, attempt.status_code, attempt.error) == (state, code, error)


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
