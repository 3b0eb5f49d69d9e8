"""POST /upload: a recording comes in as it streams, and its job begins."""

from typing import Any

import anyio
from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from sqlalchemy import text
from starlette.responses import JSONResponse

from app.api.bodies import blocks_of, content_length
from app.api.deps import Parts, PartsDep
from app.api.errors import RequestTimeout, problems
from app.api.schemas.job import Job as JobSchema
from app.core.errors import (
    DatabaseUnavailable,
    EmptyFile,
    FileTooLarge,
    InvalidRequest,
    StorageUnavailable,
    UnsupportedMedia,
)
from app.core.queue import ring
from app.models import Job
from app.services.captions import InvalidCaptions
from app.services.job_view import etag_of, job_document
from app.services.jobs import get_job
from app.services.multipart import MalformedBody, MultipartEvents, UnsupportedContentType, boundary_of
from app.services.options import HighlightsOptions
from app.services.uploads import BodyReader, ReceivedBody, record_upload, refuse_too_large, store_upload

RING_WAIT_S = 1.0
"""How long the answer waits for the broker. The job is committed: the reaper finds it where the ring was lost."""
RETRY_AFTER_S = "1"

FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": "The recording: video or audio in any common format.",
                        },
                        "captions": {
                            "type": "string",
                            "format": "binary",
                            "description": "SRT or WebVTT, up to 5 MiB: used instead of speech recognition.",
                        },
                        "options": {**HighlightsOptions.model_json_schema(), "description": "JSON text."},
                    },
                },
                "encoding": {"options": {"contentType": "application/json"}},
                "example": {"file": "lecture.mp4", "options": {"max_clips": 4, "aspect": "9:16"}},
            }
        },
    }
}

router = APIRouter(tags=["jobs"])


@router.post(
    "/upload",
    operation_id="uploadRecording",
    summary="Upload a recording and start its highlights job",
    status_code=202,
    response_model=JobSchema,
    response_description="The job; poll it at Location.",
    openapi_extra=FORM,
    responses=problems(
        MalformedBody,
        RequestTimeout,
        FileTooLarge,
        UnsupportedMedia,
        UnsupportedContentType,
        InvalidRequest,
        InvalidCaptions,
        EmptyFile,
        DatabaseUnavailable,
        StorageUnavailable,
    ),
)
async def upload(request: Request, parts: PartsDep) -> JSONResponse:
    """Streams the file into the object store; one copy is written and memory stays flat. A file that is too large, or
    surely no recording, is refused as soon as that can be told, before the rest of it is sent."""
    refuse_too_large(content_length(request), parts.settings.max_upload_bytes)
    events = MultipartEvents(boundary_of(request.headers.get("content-type")))
    await run_sync(_require_database, parts)
    body = ReceivedBody(await run_sync(parts.store.incoming_dir), parts.settings.max_upload_bytes)
    try:
        await BodyReader(body).read(events, blocks_of(request))
        job = await run_sync(_start, parts, body)
    finally:
        body.discard()
    with anyio.move_on_after(RING_WAIT_S):
        await run_sync(ring, parts.celery, job.id, abandon_on_cancel=True)
    document = JobSchema.model_validate(job_document(job, base_url=parts.base_url))
    headers = {"Location": document.urls.self, "Retry-After": RETRY_AFTER_S, "ETag": etag_of(job)}
    return JSONResponse(document.model_dump(mode="json"), 202, headers)


def _require_database(parts: Parts) -> None:
    """Fail before the upload, not after it."""
    with parts.engine.connect() as connection:
        connection.execute(text("SELECT 1"))


def _start(parts: Parts, body: ReceivedBody) -> Job:
    """Store the parts, write the rows, commit. Without the commit nothing stays in the store."""
    stored = store_upload(parts.store, body)
    try:
        with parts.sessions() as session:
            job = record_upload(session, body, stored, retention_days=parts.settings.retention_days)
            session.commit()
            return get_job(session, job.id)
    except BaseException:
        stored.remove(parts.store)
        raise
