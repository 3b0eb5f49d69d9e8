"""What happens to a job: the audit trail by pages, and the same as server-sent events while it happens."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request, Response
from starlette.responses import StreamingResponse

from app.api.auth import EventsPrincipalDep, PrincipalDep
from app.api.deps import JobIdDep, PartsDep, SessionDep
from app.api.errors import problems
from app.api.job_answers import load_job
from app.api.pages import NumberCursor, one_page, read_cursor
from app.api.schemas.job import Job as JobSchema
from app.api.schemas.log import LogPage
from app.core.errors import DatabaseUnavailable, InvalidRequest, JobNotFound
from app.models import Job
from app.models.job import FINISHED_JOB
from app.services.job_events import Told, job_events
from app.services.job_logs import line_document, log_lines
from app.services.jobs import get_job

JSON = "application/json"
EVENT_STREAM = "text/event-stream"
EVENT = {
    "type": "object",
    "description": "One event: the schema is that of each, as OpenAPI 3.2 has it under `itemSchema`.",
    "properties": {
        "event": {"type": "string", "enum": ["log", "progress", "finished"]},
        "id": {"type": "string", "description": "For Last-Event-ID."},
        "data": {"type": "string", "description": "JSON: a log entry, or the job.", "contentMediaType": JSON},
        "retry": {"type": "integer", "description": "Milliseconds until an EventSource comes back."},
    },
}

router = APIRouter(tags=["jobs"])


@router.get(
    "/jobs/{job_id}/logs",
    operation_id="listJobLogs",
    summary="What happened to a job, oldest first",
    response_model=LogPage,
    responses=problems(JobNotFound, InvalidRequest, DatabaseUnavailable),
)
def read_logs(
    *,
    request: Request,
    response: Response,
    parts: PartsDep,
    session: SessionDep,
    principal: PrincipalDep,
    job_id: JobIdDep,
    limit: Annotated[int, Query(ge=1, le=100, description="Lines a page.")] = 50,
    cursor: NumberCursor = None,
) -> dict[str, object]:
    """The next page is in ``next`` and in the Link header."""
    after = read_cursor(cursor)
    get_job(session, job_id, owner=principal.owner)
    found = log_lines(session, job_id, after=after.int if after else 0, limit=limit + 1)
    page, link = one_page(request, response, parts.base_url, found, limit=limit, id_of=lambda line: UUID(int=line.id))
    return {"items": [line_document(line) for line in page], "next": link}


@router.get(
    "/jobs/{job_id}/events",
    operation_id="streamJobEvents",
    summary="Watch a job as server-sent events",
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "`log` (a line of the history), `progress` and `finished` (the job).",
            "content": {EVENT_STREAM: {"schema": EVENT}},
        },
        204: {"description": "All has been told: an EventSource comes back no more."},
        **problems(JobNotFound, DatabaseUnavailable),
    },
)
async def stream_events(
    parts: PartsDep,
    principal: EventsPrincipalDep,
    job_id: JobIdDep,
    last_event_id: Annotated[
        str | None, Header(alias="Last-Event-ID", description="The id of the last event that arrived.")
    ] = None,
) -> Response:
    """Begins with the whole history, or after Last-Event-ID, and ends when the job is finished."""
    job = await load_job(parts, job_id, owner=principal.owner)
    told = Told.read(last_event_id)
    if told.end and told.revision == job.revision and job.status in FINISHED_JOB:
        return Response(status_code=204)

    def encode(job: Job) -> dict[str, object]:
        document = JobSchema.model_validate(parts.document_of(job))
        return document.model_dump(mode="json")

    events = job_events(parts.sessions, parts.watch, job_id, told, encode, owner=principal.owner)
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # nginx would keep events back
    return StreamingResponse(events, media_type=EVENT_STREAM, headers=headers)
