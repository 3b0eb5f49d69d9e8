"""POST /jobs: work of any kind on an upload, a URL, or a file that another job made."""

from collections.abc import Callable
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Request
from pydantic import SecretStr
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from starlette.responses import JSONResponse

from app.api import prefer
from app.api.auth import PrincipalDep
from app.api.body_limit import bounded
from app.api.caller_keys import PARAMETER, CallerKeyDep, held_key, require_use
from app.api.deps import Parts, PartsDep
from app.api.errors import RequestTimeout, problems
from app.api.schemas.job import Job as JobSchema
from app.api.schemas.submission import Submission, UploadSource, UrlSource
from app.api.submissions import IdempotencyKey, Settle, started_once
from app.core.errors import (
    ArtifactNotFound,
    DatabaseUnavailable,
    FileTooLarge,
    ForbiddenUrl,
    InvalidRequest,
    JobNotFound,
    ResultNotReady,
    StorageUnavailable,
    UnsupportedMedia,
)
from app.core.principal import Principal
from app.models import Upload
from app.services.audit import record
from app.services.idempotency import IdempotencyKeyReused, RequestInProgress, fingerprint_of
from app.services.jobs import create_job, retention_of
from app.services.sources import (
    UploadNotComplete,
    UploadNotFound,
    checked_field,
    copied_upload,
    held_upload,
    made_file,
    remote_upload,
)
from app.services.uploads import StoredUpload
from app.services.webhooks import url_sealer

MAX_BODY_BYTES = 64 * 1024
Recording = Callable[[Session], tuple[Upload, dict[str, Any]]]
"""Writes or finds the upload's row; with what clients are told of the source beside it."""
EXAMPLES: dict[str, Any] = {
    "url": {
        "summary": "Highlights of a recording on the web",
        "value": {
            "kind": "highlights",
            "source": {"url": "https://example.org/lectures/heaps.mp4"},
            "options": {"max_clips": 4},
            "webhook_url": "https://example.org/hooks/lectern",
        },
    },
    "clip": {
        "summary": "The words of a clip",
        "value": {
            "kind": "transcription",
            "source": {"job_id": "0197f0c2-0000-7000-8000-000000000000", "artifact": "clips/1/video"},
            "options": {"language": "en"},
        },
    },
}

router = APIRouter(tags=["jobs"], route_class=bounded(MAX_BODY_BYTES))


@router.post(
    "/jobs",
    operation_id="submitJob",
    summary="Start a job",
    status_code=202,
    response_model=JobSchema,
    response_description="The job; poll it at Location.",
    openapi_extra={"parameters": [prefer.HEADER, PARAMETER]},
    responses={
        200: {"model": JobSchema, "description": "The finished job, where `Prefer: wait=N` asked for it."},
        **problems(
            UploadNotFound,
            JobNotFound,
            ArtifactNotFound,
            RequestTimeout,
            UploadNotComplete,
            ResultNotReady,
            RequestInProgress,
            FileTooLarge,
            UnsupportedMedia,
            InvalidRequest,
            ForbiddenUrl,
            IdempotencyKeyReused,
            DatabaseUnavailable,
            StorageUnavailable,
        ),
    },
)
async def submit(
    *,
    request: Request,
    parts: PartsDep,
    principal: PrincipalDep,
    caller_key: CallerKeyDep,
    body: Annotated[Submission, Body(openapi_examples=EXAMPLES)],
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """The options depend on the kind. A URL is judged at once and fetched by the job's first step, in ranges where
    its server allows that."""
    require_use(caller_key, body.options, parts.settings)
    return await started_once(
        parts,
        request,
        principal,
        key=idempotency_key,
        fingerprint=fingerprint_of((b"POST /jobs", body.model_dump_json().encode())),
        start=lambda settle: _start(parts, principal, body, caller_key, settle),
    )


def _start(parts: Parts, principal: Principal, body: Submission, caller_key: SecretStr | None, settle: Settle) -> UUID:
    """Find or make the upload's row, write the job's, commit. Without the commit no copy stays in the store."""
    source, owner = body.source, principal.owner
    webhook_url = None
    if body.webhook_url is not None:
        checked = checked_field(body.webhook_url, "body.webhook_url", parts.settings)
        webhook_url = url_sealer(parts.secret).seal(checked)

    def write(recording: Recording) -> UUID:
        with held_key(parts, caller_key) as held, parts.sessions() as session:
            upload, told = recording(session)
            job = create_job(
                session,
                kind=body.kind,
                upload=upload,
                options=body.options.model_dump(mode="json"),
                owner=owner,
                retention=retention_of(body.options, parts.settings.retention_days),
                source=told,
                priority=body.priority,
                webhook_url=webhook_url,
                caller_key=held,
            )
            settle(session, job.id)
            record(session, principal, "job.create", str(job.id), kind=body.kind)
            session.commit()
            return job.id

    if isinstance(source, UploadSource):
        return write(lambda session: (held_upload(session, source.upload_id, owner=owner), {}))
    if isinstance(source, UrlSource):
        url = checked_field(source.url, "body.source.url", parts.settings)
        return write(lambda session: remote_upload(session, url, owner=owner, secret=parts.secret))
    with parts.sessions() as session:
        file = made_file(session, source.job_id, source.artifact, owner=owner)
    upload_id, copy = file.copy()
    try:
        parts.store.copy(file.object_key, copy.object_key)
        return write(lambda session: (copied_upload(session, upload_id, copy, owner=owner), {}))
    except (StorageUnavailable, DBAPIError):  # what was given up may be done all the same
        parts.unsettled.add(StoredUpload(upload_id, copy.object_key, None))
        raise
    except BaseException:
        parts.store.delete(copy.object_key)
        raise
