"""What routes that start a job share: one key, one job; the broker rung; the job as the answer."""

from collections.abc import Callable
from typing import Annotated
from uuid import UUID

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Header, Request
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse

from app.api.deps import Parts
from app.api.job_answers import ring_soon, started_answer
from app.api.reservations import reserved
from app.core.principal import Principal
from app.services.idempotency import Settled, settle

STARTING = CapacityLimiter(16)
"""Threads that may hang in a store or a database that has frozen: fewer than there are."""
REPLAYED = {"Idempotency-Replayed": "true"}
Settle = Callable[[Session, UUID], None]
"""Ties the request's key, if it has one, to the job in the job's own transaction. Raises RequestInProgress."""
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[\x20-\x7e]+$",
        description="One key, one job: a repeated request with the same body gets the job of the first.",
    ),
]


async def started_once(
    parts: Parts,
    request: Request,
    principal: Principal,
    *,
    key: str | None,
    fingerprint: str,
    start: Callable[[Settle], UUID],
) -> JSONResponse:
    """The job that ``start`` makes in a thread, or the one that the key has made before.

    Raises RequestInProgress, IdempotencyKeyReused.
    """
    async with reserved(parts.sessions, key, owner=principal.owner) as held:

        def settled(session: Session, job_id: UUID) -> None:
            if held is not None and not isinstance(held, Settled):
                settle(session, held, job_id=job_id, fingerprint=fingerprint)

        if isinstance(held, Settled):
            held.require_same(fingerprint)
            job_id, replayed = held.job_id, REPLAYED
        else:
            job_id, replayed = await run_sync(start, settled, limiter=STARTING), {}
    if not replayed:
        await ring_soon(parts, job_id)
    return await started_answer(parts, request, job_id, owner=principal.owner, headers=replayed)
