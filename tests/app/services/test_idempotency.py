"""Reservations of idempotency keys, on rows."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.models import IdempotencyKey
from app.services.idempotency import (
    IdempotencyKeyReused,
    RequestInProgress,
    Reservation,
    Settled,
    fingerprint_of,
    forget_reservations,
    release,
    renew,
    reserve,
    settle,
    stored_key,
)
from tests.app.job_factory import make_job


def expire(session: Session, key: str) -> None:
    past = datetime.now(UTC) - timedelta(seconds=1)
    session.execute(
        update(IdempotencyKey).where(IdempotencyKey.key == stored_key(key, owner="local")).values(reserved_until=past)
    )


def taken(session: Session, key: str, owner: str = "local") -> Reservation:
    held = reserve(session, key, owner=owner)
    assert isinstance(held, Reservation)
    return held


@pytest.mark.stack
def test_a_key_is_one_requests_until_it_is_released(session: Session) -> None:
    held = taken(session, "a")
    with pytest.raises(RequestInProgress) as refused:
        reserve(session, "a", owner="local")
    assert refused.value.headers["Retry-After"]
    taken(session, "b")
    taken(session, "a", owner="another")
    release(session, held)
    taken(session, "a")


@pytest.mark.stack
def test_a_settled_key_tells_its_job(session: Session) -> None:
    held, job = taken(session, "a"), make_job(session)
    settle(session, held, job_id=job.id, fingerprint="f")
    release(session, held)  # does nothing any more
    found = reserve(session, "a", owner="local")
    assert found == Settled(job.id, "f")
    found.require_same("f")
    with pytest.raises(IdempotencyKeyReused):
        found.require_same("g")
    session.delete(job)
    session.flush()
    taken(session, "a")


@pytest.mark.stack
def test_a_dead_requests_key_is_anybodys_later(session: Session) -> None:
    dead, job = taken(session, "a"), make_job(session)
    expire(session, "a")
    heir = taken(session, "a")
    with pytest.raises(RequestInProgress):
        settle(session, dead, job_id=job.id, fingerprint="f")
    release(session, dead)  # is not its any more
    settle(session, heir, job_id=job.id, fingerprint="f")
    expire(session, "a")
    assert reserve(session, "a", owner="local") == Settled(job.id, "f"), "what is settled does not expire"


@pytest.mark.stack
def test_a_living_request_keeps_its_key(session: Session) -> None:
    held = taken(session, "a")
    expire(session, "a")
    renew(session, held)
    with pytest.raises(RequestInProgress):
        reserve(session, "a", owner="local")


@pytest.mark.stack
def test_leftovers_are_forgotten(session: Session) -> None:
    for key in ("dead", "alive", "settled"):
        held = taken(session, key)
    settle(session, held, job_id=make_job(session).id, fingerprint="f")
    expire(session, "dead")
    expire(session, "settled")
    forget_reservations(session)
    assert set(session.scalars(select(IdempotencyKey.key).where(IdempotencyKey.owner == "local"))) >= {
        stored_key("alive", owner="local"),
        stored_key("settled", owner="local"),
    }
    assert session.get(IdempotencyKey, ("local", stored_key("dead", owner="local"))) is None


@pytest.mark.stack
def test_a_row_does_not_show_the_key(session: Session) -> None:
    taken(session, "a secret that a caller took for a key")
    rows = session.execute(select(IdempotencyKey.__table__)).all()
    assert rows
    assert "a secret" not in str(rows)
    assert stored_key("a", owner="local") != stored_key("a", owner="another")


def test_fingerprints_tell_where_bytes_are() -> None:
    bodies = [(b"ab", b"c"), (b"a", b"bc"), (b"ab", None), (b"ab", b""), (None, b"ab"), (b"abc",)]
    assert len({fingerprint_of(each) for each in bodies}) == len(bodies)
    assert fingerprint_of((b"a", None)) == fingerprint_of((b"a", None))
