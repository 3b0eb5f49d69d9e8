"""An idempotency key held while its request lives: renewed until it ends, and free again if nothing was made."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from anyio.to_thread import run_sync
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.services.idempotency import Reservation, Settled, release, renew, reserve

RENEW_EVERY_S = 10.0
log = logging.getLogger(__name__)

Held = Reservation | Settled | None


@asynccontextmanager
async def reserved(sessions: sessionmaker[Session], key: str | None, *, owner: str) -> AsyncIterator[Held]:
    """None without a key. Whatever ends the request, a key that has made no job is free after it.

    Raises RequestInProgress.
    """
    held = None if key is None else await run_sync(_reserve, sessions, key, owner)
    renewal = asyncio.create_task(_keep(sessions, held)) if isinstance(held, Reservation) else None
    try:
        yield held
    except BaseException:
        if isinstance(held, Reservation):
            with anyio.CancelScope(shield=True):
                await run_sync(_release, sessions, held)
        raise
    finally:
        if renewal is not None:
            renewal.cancel()


async def _keep(sessions: sessionmaker[Session], held: Reservation) -> None:
    """Renew as long as the request lives: a body, or a store that takes it, may be slow."""
    while True:
        await asyncio.sleep(RENEW_EVERY_S)
        await run_sync(_renew, sessions, held)


def _reserve(sessions: sessionmaker[Session], key: str, owner: str) -> Reservation | Settled:
    with sessions.begin() as session:
        return reserve(session, key, owner=owner)


def _renew(sessions: sessionmaker[Session], held: Reservation) -> None:
    try:
        with sessions.begin() as session:
            renew(session, held)
    except SQLAlchemyError as error:  # the upload may outlast the outage; settling tells who owns the key
        log.warning("an idempotency key was not renewed: %s", type(error).__name__)


def _release(sessions: sessionmaker[Session], held: Reservation) -> None:
    try:
        with sessions.begin() as session:
            release(session, held)
    except SQLAlchemyError as error:  # it expires
        log.warning("an idempotency key was not released: %s", type(error).__name__)
