"""One key, one job: a key is reserved before the body is read, and settled in the transaction that makes the job.

The primary key (owner, key) decides between requests that come at once. A reservation whose request died is anybody's
after half a minute; a living one renews it.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core.errors import LecternError
from app.models import IdempotencyKey as Row

RESERVED_FOR = timedelta(seconds=30)
"""A client that asks again after the server was killed must not be told for longer that its request still runs."""
RETRY_AFTER_S = "2"


class IdempotencyKeyReused(LecternError):
    code = "idempotency_key_reused"
    status = 422
    title = "The idempotency key belongs to another request"


class RequestInProgress(LecternError):
    code = "request_in_progress"
    status = 409
    title = "A request with this idempotency key is still running"


@dataclass(frozen=True)
class Reservation:
    """The key is this request's: settle it with a job, or release it. ``key`` is the stored form."""

    owner: str
    key: str
    token: UUID


@dataclass(frozen=True)
class Settled:
    """The key has made a job already."""

    job_id: UUID
    fingerprint: str

    def require_same(self, fingerprint: str) -> None:
        """Raises IdempotencyKeyReused for another body."""
        if fingerprint != self.fingerprint:
            raise IdempotencyKeyReused("This Idempotency-Key was used with another body. Make a new key.")


def fingerprint_of(parts: Sequence[bytes | None]) -> str:
    """SHA-256 over the parts, each by its own hash, so that bytes cannot move from one to the next."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(b"\0" if part is None else b"\1" + hashlib.sha256(part).digest())
    return digest.hexdigest()


def stored_key(key: str, *, owner: str) -> str:
    """What a row keeps of a key: a hash, since callers may put anything into it. Two owners' never look the same."""
    return hashlib.sha256(f"{owner}\n{key}".encode()).hexdigest()


def reserve(session: Session, key: str, *, owner: str) -> Reservation | Settled:
    """Take ``key``, or learn what it made. The caller commits. Raises RequestInProgress."""
    key = stored_key(key, owner=owner)
    now = datetime.now(UTC)
    mine = Reservation(owner, key, uuid4())
    values = {"token": mine.token, "reserved_until": now + RESERVED_FOR}
    taken = session.scalar(
        insert(Row)
        .values(owner=owner, key=key, **values)
        .on_conflict_do_update(
            index_elements=[Row.owner, Row.key],
            set_=values,
            where=Row.job_id.is_(None) & (Row.reserved_until < now),
        )
        .returning(Row.token)
    )
    if taken is not None:
        return mine
    found = session.execute(select(Row.job_id, Row.fingerprint).where(Row.owner == owner, Row.key == key)).one_or_none()
    if found is None or found.job_id is None:
        raise _in_progress()
    return Settled(found.job_id, found.fingerprint)


def renew(session: Session, mine: Reservation) -> None:
    """The request lives: its reservation begins anew. The caller commits."""
    session.execute(update(Row).where(*_is(mine)).values(reserved_until=datetime.now(UTC) + RESERVED_FOR))


def settle(session: Session, mine: Reservation, *, job_id: UUID, fingerprint: str) -> None:
    """Tie the key to the job, in the job's own transaction. Raises RequestInProgress where another has taken it."""
    settled = session.scalar(
        update(Row).where(*_is(mine)).values(job_id=job_id, fingerprint=fingerprint).returning(Row.token)
    )
    if settled is None:
        raise _in_progress()


def release(session: Session, mine: Reservation) -> None:
    """Nothing was made: the key is free again. Does nothing to a settled key. The caller commits."""
    session.execute(delete(Row).where(*_is(mine)))


def forget_reservations(session: Session) -> None:
    """Remove what dead requests left. The caller commits."""
    stale = (
        select(Row.owner, Row.key)
        .where(Row.job_id.is_(None), Row.reserved_until < datetime.now(UTC))
        .with_for_update(skip_locked=True)
    )
    for owner, key in session.execute(stale).all():
        session.execute(delete(Row).where(Row.owner == owner, Row.key == key))


def _is(mine: Reservation) -> tuple[ColumnElement[bool], ...]:
    return (Row.owner == mine.owner, Row.key == mine.key, Row.token == mine.token, Row.job_id.is_(None))


def _in_progress() -> RequestInProgress:
    return RequestInProgress(
        "A request with this Idempotency-Key is still running. Ask again soon.", headers={"Retry-After": RETRY_AFTER_S}
    )
