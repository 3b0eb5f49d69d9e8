"""Jobs: the list, and one as it is polled."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from app.api import prefer
from app.api.auth import PrincipalDep
from app.api.deps import JobIdDep, PartsDep, SessionDep
from app.api.errors import problems
from app.api.job_answers import job_answer, job_headers, load_finished, revision_headers
from app.api.moments import Moment
from app.api.negotiation import matches
from app.api.pages import Cursor, one_page, read_cursor
from app.api.schemas.job import Job, JobList
from app.core.errors import DatabaseUnavailable, InvalidRequest, JobNotFound
from app.models.job import JobStatus
from app.services.jobs import list_jobs

router = APIRouter(tags=["jobs"])


@router.get(
    "/jobs",
    operation_id="listJobs",
    summary="List jobs, newest first",
    response_model=JobList,
    responses=problems(InvalidRequest, DatabaseUnavailable),
)
def read_jobs(
    *,
    request: Request,
    response: Response,
    parts: PartsDep,
    session: SessionDep,
    principal: PrincipalDep,
    limit: Annotated[int, Query(ge=1, le=100, description="Jobs a page.")] = 20,
    cursor: Cursor = None,
    status: Annotated[JobStatus | None, Query(description="Only jobs of this status.")] = None,
    kind: Annotated[str | None, Query(pattern="^[a-z_]{1,40}$", description="Only jobs of this kind.")] = None,
    created_after: Annotated[Moment | None, Query(description="Only jobs made later; UTC without an offset.")] = None,
) -> dict[str, object]:
    """The next page is in ``next`` and in the Link header."""
    found = list_jobs(
        session,
        owner=principal.owner,
        limit=limit + 1,
        after=read_cursor(cursor),
        status=status,
        kind=kind,
        created_after=created_after,
    )
    page, link = one_page(request, response, parts.base_url, found, limit=limit, id_of=lambda job: job.id)
    return {"items": [parts.document_of(job) for job in page], "next": link}


@router.get(
    "/jobs/{job_id}",
    operation_id="getJob",
    summary="Poll a job",
    response_model=Job,
    openapi_extra={"parameters": [prefer.HEADER]},
    responses={304: {"description": "Nothing has changed."}, **problems(JobNotFound, DatabaseUnavailable)},
)
async def read_job(
    request: Request,
    parts: PartsDep,
    principal: PrincipalDep,
    job_id: JobIdDep,
    if_none_match: Annotated[str | None, Header(description="The ETag of the answer before.")] = None,
) -> Response:
    """Send the ETag back as If-None-Match: an unchanged job answers 304. Retry-After says when to ask again, and
    `Prefer: wait=N` has the answer wait for the end of the job."""
    wait_s = prefer.wait_s(request)
    if if_none_match is not None and not wait_s:  # most polls: nothing is loaded for them
        headers = revision_headers(await parts.revisions.current(job_id, owner=principal.owner))
        if matches(if_none_match, headers["ETag"]):
            return Response(status_code=304, headers=headers | prefer.applied(wait_s))
    job = await load_finished(parts, job_id, wait_s, owner=principal.owner)
    headers = job_headers(job)
    if matches(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers | prefer.applied(wait_s))
    return job_answer(parts, job, headers=prefer.applied(wait_s))
