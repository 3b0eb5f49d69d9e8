"""Jobs as answers: polled, started, waited for."""

from uuid import UUID

import anyio
from anyio.to_thread import run_sync
from fastapi import Request
from starlette.responses import JSONResponse

from app.api import prefer
from app.api.deps import Parts
from app.api.schemas.job import Job as JobSchema
from app.core.queue import ring
from app.models import Job
from app.models.job import FINISHED_JOB
from app.services.job_revisions import Revision
from app.services.job_view import etag
from app.services.jobs import get_job

RING_WAIT_S = 1.0
"""How long an answer waits for the broker. The job is committed: the reaper finds it where the ring was lost."""
POLL_AFTER_S = "1"


async def ring_soon(parts: Parts, job_id: UUID) -> None:
    """Ring the broker after a commit, without waiting for one that does not answer."""
    with anyio.move_on_after(RING_WAIT_S):
        await run_sync(ring, parts.celery, job_id, abandon_on_cancel=True)


async def load_job(parts: Parts, job_id: UUID, *, owner: str) -> Job:
    """The job as it is now, its connection given back. Raises JobNotFound."""

    def load() -> Job:
        with parts.sessions() as session:
            return get_job(session, job_id, owner=owner)

    return await run_sync(load)


async def load_finished(parts: Parts, job_id: UUID, wait_s: int | None, *, owner: str) -> Job:
    """The job when it is finished, or as it is after ``wait_s`` seconds. Raises JobNotFound."""
    job = await load_job(parts, job_id, owner=owner)
    if not wait_s or job.status in FINISHED_JOB:
        return job
    await parts.watch.finished(job_id, wait_s)
    return await load_job(parts, job_id, owner=owner)


async def started_answer(
    parts: Parts, request: Request, job_id: UUID, *, owner: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    """202 with a job whose work has begun, or 200 with the finished one where the client would wait for it."""
    wait_s = prefer.wait_s(request)
    job = await load_finished(parts, job_id, wait_s, owner=owner)
    status = 200 if wait_s is not None and job.status in FINISHED_JOB else 202
    return job_answer(parts, job, status=status, headers=(headers or {}) | prefer.applied(wait_s))


def job_headers(job: Job) -> dict[str, str]:
    """ETag of the revision, and when to ask again."""
    return revision_headers(Revision(job.id, job.revision, job.status in FINISHED_JOB))


def revision_headers(revision: Revision) -> dict[str, str]:
    """The same, of a job that was not loaded."""
    headers = {"ETag": etag(revision.job_id, revision.number), "Cache-Control": "no-cache"}
    return headers if revision.finished else {**headers, "Retry-After": POLL_AFTER_S}


def job_answer(parts: Parts, job: Job, *, status: int = 200, headers: dict[str, str] | None = None) -> JSONResponse:
    """The document of ``job``; Location too where it has only been started."""
    document = JobSchema.model_validate(parts.document_of(job))
    found = job_headers(job) | (headers or {})
    if status == 202:
        found["Location"] = document.urls.self
    return JSONResponse(document.model_dump(mode="json"), status, found)
