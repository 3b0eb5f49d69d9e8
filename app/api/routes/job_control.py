"""What clients do to a job: cancel it, continue it, delete it."""

import logging
from contextlib import suppress
from uuid import UUID

from anyio.to_thread import run_sync
from fastapi import APIRouter, Request
from pydantic import SecretStr
from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import JSONResponse, Response

from app.api import prefer
from app.api.auth import PrincipalDep
from app.api.caller_keys import PARAMETER, CallerKeyDep, held_key, require_use
from app.api.deps import JobIdDep, Parts, PartsDep
from app.api.errors import problems
from app.api.job_answers import job_answer, load_job, ring_soon, started_answer
from app.api.schemas.job import Job as JobSchema
from app.core.errors import DatabaseUnavailable, InvalidRequest, JobNotFound, StorageUnavailable
from app.core.principal import Principal
from app.services.audit import record
from app.services.caller_keys import ApiKeyNeeded, let_go
from app.services.deletion import purge_job
from app.services.job_control import JobFinished, JobNotRetryable, cancel_job, mark_deleted, retry_job
from app.services.jobs import get_job
from app.services.recipes import RECIPES

router = APIRouter(tags=["jobs"])
log = logging.getLogger(__name__)


@router.post(
    "/jobs/{job_id}/cancel",
    operation_id="cancelJob",
    summary="Cancel a job",
    response_model=JobSchema,
    response_description="The job is cancelled.",
    responses=problems(JobNotFound, JobFinished, DatabaseUnavailable),
)
async def cancel(parts: PartsDep, principal: PrincipalDep, job_id: JobIdDep) -> JSONResponse:
    """At once, in any state: what runs is ended within two seconds and commits nothing more. What is finished is kept,
    and `retry` continues from there. To cancel a cancelled job changes nothing."""

    def work() -> None:
        with parts.sessions.begin() as session:
            cancel_job(session, job_id, owner=principal.owner)
            record(session, principal, "job.cancel", str(job_id))

    await run_sync(work)
    job = await load_job(parts, job_id, owner=principal.owner)
    return job_answer(parts, job)


@router.post(
    "/jobs/{job_id}/retry",
    operation_id="retryJob",
    summary="Continue a failed or cancelled job",
    status_code=202,
    response_model=JobSchema,
    response_description="The job; poll it at Location.",
    openapi_extra={"parameters": [prefer.HEADER, PARAMETER]},
    responses={
        200: {"model": JobSchema, "description": "The finished job, where `Prefer: wait=N` asked for it."},
        **problems(JobNotFound, JobNotRetryable, ApiKeyNeeded, InvalidRequest, DatabaseUnavailable, StorageUnavailable),
    },
)
async def retry(
    request: Request, parts: PartsDep, principal: PrincipalDep, job_id: JobIdDep, caller_key: CallerKeyDep
) -> JSONResponse:
    """Goes on from the step that failed, with new attempts. Finished steps are not repeated. A job that came with an
    API key of yours needs it again where it is yet to be transcribed."""
    await run_sync(_retry, parts, principal, job_id, caller_key)
    await ring_soon(parts, job_id)
    return await started_answer(parts, request, job_id, owner=principal.owner)


def _retry(parts: Parts, principal: Principal, job_id: UUID, key: SecretStr | None) -> None:
    if key is not None:
        with parts.sessions() as session:
            job = get_job(session, job_id, owner=principal.owner)
        require_use(key, RECIPES[job.kind].options.model_validate(job.options), parts.settings)
    with held_key(parts, key, job_id=job_id) as held, parts.sessions.begin() as session:
        retry_job(session, job_id, owner=principal.owner, caller_key=held)
        record(session, principal, "job.retry", str(job_id))
    if held is not None:  # not every retry has to transcribe
        with suppress(StorageUnavailable, SQLAlchemyError):
            let_go(parts.sessions, parts.store, held)


@router.delete(
    "/jobs/{job_id}",
    operation_id="deleteJob",
    summary="Delete a job and its media",
    status_code=204,
    response_class=Response,
    response_description="The job is gone.",
    responses=problems(JobNotFound, DatabaseUnavailable),
)
def remove(parts: PartsDep, principal: PrincipalDep, job_id: JobIdDep) -> Response:
    """Also cancels it where it is running. The job is gone from all answers at once; a recording that another job
    needs is kept."""
    with parts.sessions.begin() as session:
        mark_deleted(session, job_id, owner=principal.owner)
        record(session, principal, "job.delete", str(job_id))
    _purge(parts, job_id)
    return Response(status_code=204)


def _purge(parts: Parts, job_id: UUID) -> None:
    """What cannot be removed now stays marked, and the workers' sweeper removes it."""
    try:
        purge_job(parts.sessions, parts.store, job_id)
    except (StorageUnavailable, SQLAlchemyError, OSError) as error:
        log.warning("job %s waits for the sweeper: %s", job_id, type(error).__name__)
