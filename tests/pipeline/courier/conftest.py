"""A courier, a receiver, and events to deliver, in the database of the engine's tests."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session, selectinload, sessionmaker

from app.core.settings import Settings
from app.models import Job, WebhookDelivery
from app.services.job_control import cancel_job
from app.services.webhooks import url_sealer
from pipeline.courier import Courier, attempt
from pipeline.courier.claim import LEASE_S
from tests.app.conftest import make_settings
from tests.pipeline.conftest import submit
from tests.pipeline.courier.receiver import Receiver

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


def flood(sessions: Sessions, url: str, count: int, *, owner: str = "local") -> list[UUID]:
    """As if ``count`` jobs of ``owner`` had ended at once."""
    first = announced(sessions, url, owner=owner)
    with sessions.begin() as session:
        row = session.get_one(WebhookDelivery, first)
        others = [
            WebhookDelivery(
                job_id=row.job_id,
                owner=owner,
                event=row.event,
                job_revision=row.job_revision + n,
                payload=row.payload,
                next_attempt_at=row.next_attempt_at,
            )
            for n in range(1, count)
        ]
        session.add_all(others)
        session.flush()
        return [first, *(other.id for other in others)]


def row_of(sessions: Sessions, delivery_id: UUID) -> WebhookDelivery:
    with sessions.begin() as session:
        return session.get_one(WebhookDelivery, delivery_id, options=[selectinload(WebhookDelivery.log)])


def undelivered(sessions: Sessions) -> int:
    """How many have not arrived yet."""
    with sessions.begin() as session:
        query = text("SELECT count(*) FROM webhook_deliveries WHERE status <> 'delivered'")
        return int(session.execute(query).scalar_one())


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
    """Started, and ended by the stop."""
    for each in couriers:
        each.start()
    try:
        yield
    finally:
        stop.set()
        for each in couriers:
            each.join(WITHIN_S)
        assert not any(each.is_alive() for each in couriers)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "TIMEOUT_S", 0.6)
    monkeypatch.setattr(attempt, "DEADLINE_S", 1.0)
