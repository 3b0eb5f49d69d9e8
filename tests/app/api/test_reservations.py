"""A reservation lives as long as its request, however slow, and not much longer."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session, sessionmaker

from app.api import reservations
from app.api.reservations import reserved
from app.models import IdempotencyKey
from app.services.idempotency import RESERVED_FOR, RequestInProgress, Reservation

pytestmark = pytest.mark.stack


def reserved_until(sessions: sessionmaker[Session]) -> list[datetime]:
    with sessions.begin() as session:
        return list(session.scalars(select(IdempotencyKey.reserved_until).where(IdempotencyKey.owner == "slow")))


def test_a_living_request_keeps_its_key(sessions: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reservations, "RENEW_EVERY_S", 0.05)

    async def scenario() -> None:
        async with reserved(sessions, "key", owner="slow"):
            (first,) = reserved_until(sessions)
            async with asyncio.timeout(10):
                while reserved_until(sessions) == [first]:
                    await asyncio.sleep(0.02)
            with pytest.raises(RequestInProgress):
                async with reserved(sessions, "key", owner="slow"):
                    pass
            raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(scenario())
    assert reserved_until(sessions) == [], "nothing was made, so the key is free"


def test_the_key_of_a_killed_request_is_free_soon(sessions: sessionmaker[Session]) -> None:
    """The server was killed: nothing renews the key, and nobody releases it."""
    assert timedelta(seconds=20) <= RESERVED_FOR <= timedelta(seconds=60)

    async def scenario() -> None:
        async with reserved(sessions, "key", owner="slow") as first:
            with sessions.begin() as session:
                past = IdempotencyKey.reserved_until - RESERVED_FOR
                session.execute(
                    update(IdempotencyKey).where(IdempotencyKey.owner == "slow").values(reserved_until=past)
                )
            async with reserved(sessions, "key", owner="slow") as second:
                assert isinstance(first, Reservation)
                assert isinstance(second, Reservation)
                assert first.token != second.token
                raise LookupError

    with pytest.raises(LookupError):
        asyncio.run(scenario())
