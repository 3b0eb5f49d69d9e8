"""POST /upload: a recording comes in as it streams, and its job begins."""

from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.responses import JSONResponse

from app.api import prefer
from app.api.auth import PrincipalDep
from app.api.bodies import blocks_of, content_length
from app.api.caller_keys import PARAMETER, CallerKeyDep, held_key, require_use
from app.api.deps import Parts, PartsDep
from app.api.errors import RequestTimeout, problems
from app.api.job_answers import ring_soon, started_answer
from app.api.reservations import reserved
from app.api.schemas.job import Job as JobSchema
from app.api.submissions import REPLAYED, IdempotencyKey
from app.core.errors import (
    DatabaseUnavailable,
    EmptyFile,
    FileTooLarge,
    ForbiddenUrl,
    InvalidRequest,
    StorageUnavailable,
    UnsupportedMedia,
)
from app.core.principal import Principal
from app.services.audit import record
from app.services.captions import InvalidCaptions
from app.services.idempotency import IdempotencyKeyReused, RequestInProgress, Reservation, Settled, settle
from app.services.multipart import MalformedBody, MultipartEvents, UnsupportedContentType, boundary_of
from app.services.options import HighlightsOptions
from app.services.uploads import (
    BodyReader,
    ReceivedBody,
    StoredUpload,
    place_of,
    record_upload,
    refuse_too_large,
    store_upload,
)

FORM: dict[str, Any] = {
    "parameters": [prefer.HEADER, PARAMETER],
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "additionalProperties": False,
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "minLength": 1,
                            "description": "The recording: video or audio in any common format.",
                        },
                        "captions": {
                            "type": "string",
                            "format": "binary",
                            "description": "SRT or WebVTT, up to 5 MiB: used instead of speech recognition.",
                        },
                        "webhook_url": {
                            "type": "string",
                            "format": "uri",
                            "description": "Called with a signed message when the job ends.",
                        },
                        "options": {**HighlightsOptions.model_json_schema(), "description": "JSON text."},
                    },
                },
                "encoding": {"options": {"contentType": "application/json"}},
                "example": {"file": "lecture.mp4", "options": {"max_clips": 4, "aspect": "9:16"}},
            }
        },
    },
}

STORING = CapacityLimiter(16)
"""Threads that may hang in a store that has frozen: fewer than there are, so that those who poll are answered."""

router = APIRouter(tags=["jobs"])


@router.post(
    "/upload",
    operation_id="uploadRecording",
    summary="Upload a recording and start its highlights job",
    status_code=202,
    response_model=JobSchema,
    response_description="The job; poll it at Location.",
    openapi_extra=FORM,
    responses={
        200: {"model": JobSchema, "description": "The finished job, where `Prefer: wait=N` asked for it."},
        **problems(
            MalformedBody,
            RequestTimeout,
            FileTooLarge,
            UnsupportedMedia,
            UnsupportedContentType,
            InvalidRequest,
            InvalidCaptions,
            EmptyFile,
            ForbiddenUrl,
            IdempotencyKeyReused,
            RequestInProgress,
            DatabaseUnavailable,
            StorageUnavailable,
        ),
    },
)
async def upload(
    request: Request,
    parts: PartsDep,
    principal: PrincipalDep,
    caller_key: CallerKeyDep,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """Streams the file into the object store; one copy is written and memory stays flat. A file that is too large, or
    surely no recording, is refused as soon as that can be told, before the rest of it is sent."""
    refuse_too_large(content_length(request), parts.settings.max_upload_bytes)
    events = MultipartEvents(boundary_of(request.headers.get("content-type")))
    await run_sync(_require_parts, parts)
    body = ReceivedBody(await run_sync(parts.store.incoming_dir), parts.settings)
    start = partial(_start, parts, principal, body, caller_key)
    async with reserved(parts.sessions, idempotency_key, owner=principal.owner) as held:
        try:
            await BodyReader(body).read(events, blocks_of(request))
            require_use(caller_key, body.options or HighlightsOptions(), parts.settings)
            if isinstance(held, Settled):
                held.require_same(body.fingerprint)
                job_id, replayed = held.job_id, REPLAYED
            else:
                job_id, replayed = await run_sync(start, held, limiter=STORING), {}
        finally:
            body.discard()
    if not replayed:
        await ring_soon(parts, job_id)
    return await started_answer(parts, request, job_id, owner=principal.owner, headers=replayed)


def _require_parts(parts: Parts) -> None:
    """Fail before the upload, not after it."""
    parts.store.check()
    with parts.engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def _start(
    parts: Parts, principal: Principal, body: ReceivedBody, key: SecretStr | None, held: Reservation | None
) -> UUID:
    """Store the parts, write the rows, commit. Without the commit nothing stays in the store."""
    stored, committing = place_of(body), False
    try:
        store_upload(parts.store, body, stored)
        with held_key(parts, key) as caller_key, parts.sessions() as session:
            owner, secret = principal.owner, parts.secret
            job = record_upload(session, body, stored, owner=owner, secret=secret, caller_key=caller_key)
            if held is not None:
                settle(session, held, job_id=job.id, fingerprint=body.fingerprint)
            record(session, principal, "job.create", str(job.id), kind=job.kind, upload=str(stored.upload_id))
            session.flush()
            committing = True
            session.commit()
    except StorageUnavailable:  # what was given up may arrive there all the same
        with suppress(StorageUnavailable):
            stored.remove(parts.store)
        parts.unsettled.add(stored)
        raise
    except BaseException as error:
        if committing and isinstance(error, DBAPIError) and error.connection_invalidated:  # it may well be committed
            parts.unsettled.add(stored)
        else:
            _remove(parts, stored)
        raise
    return job.id


def _remove(parts: Parts, stored: StoredUpload) -> None:
    """Now, or later where the store is down."""
    try:
        stored.remove(parts.store)
    except StorageUnavailable:
        parts.unsettled.add(stored)
