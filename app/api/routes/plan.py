"""PUT /results/{job_id}/plan: an edited plan becomes a job that renders it, without any analysis."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Body, Request
from starlette.responses import JSONResponse

from app.api import prefer
from app.api.auth import PrincipalDep
from app.api.body_limit import bounded
from app.api.deps import JobIdDep, Parts, PartsDep
from app.api.errors import RequestTimeout, problems
from app.api.schemas.job import Job as JobSchema
from app.api.submissions import IdempotencyKey, Settle, started_once
from app.core.errors import (
    ArtifactNotFound,
    DatabaseUnavailable,
    FileTooLarge,
    InvalidRequest,
    JobNotFound,
    ResultNotReady,
)
from app.core.principal import Principal
from app.services.audit import record
from app.services.edit_plans import EditPlan
from app.services.idempotency import IdempotencyKeyReused, RequestInProgress, fingerprint_of
from app.services.plans import RecordingGone, render_job

MAX_BODY_BYTES = 2 * 1024 * 1024
EXAMPLES: dict[str, Any] = {
    "vertical": {
        "summary": "One clip in two pieces, for a phone",
        "value": {
            "clips": [
                {
                    "rank": 1,
                    "title": "What a heap is",
                    "start_s": 2.0,
                    "end_s": 12.0,
                    "keep": [{"start_s": 2.0, "end_s": 6.5}, {"start_s": 8.0, "end_s": 12.0}],
                }
            ],
            "settings": {"aspect": "9:16"},
        },
    }
}

router = APIRouter(tags=["results"], route_class=bounded(MAX_BODY_BYTES))


@router.put(
    "/results/{job_id}/plan",
    operation_id="editPlan",
    summary="Render an edited plan",
    status_code=202,
    response_model=JobSchema,
    response_description="A new job; poll it at Location. The edited one stays as it is.",
    openapi_extra={"parameters": [prefer.HEADER]},
    responses={
        200: {"model": JobSchema, "description": "The finished job, where `Prefer: wait=N` asked for it."},
        **problems(
            JobNotFound,
            ArtifactNotFound,
            RequestTimeout,
            ResultNotReady,
            RequestInProgress,
            RecordingGone,
            FileTooLarge,
            InvalidRequest,
            IdempotencyKeyReused,
            DatabaseUnavailable,
        ),
    },
)
async def edit_plan(
    *,
    request: Request,
    parts: PartsDep,
    principal: PrincipalDep,
    job_id: JobIdDep,
    plan: Annotated[EditPlan, Body(openapi_examples=EXAMPLES)],
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """Takes `plan.json` with clips removed, reordered, retimed or renamed, and other settings. The new job renders
    it with the findings of the edited one, which may then be deleted."""
    return await started_once(
        parts,
        request,
        principal,
        key=idempotency_key,
        fingerprint=fingerprint_of((b"PUT plan", job_id.bytes, plan.model_dump_json().encode())),
        start=lambda settle: _start(parts, principal, job_id, plan, settle),
    )


def _start(parts: Parts, principal: Principal, parent_id: UUID, plan: EditPlan, settle: Settle) -> UUID:
    with parts.sessions() as session:
        job = render_job(session, parent_id, plan, owner=principal.owner, retention_days=parts.settings.retention_days)
        settle(session, job.id)
        record(session, principal, "job.create", str(job.id), kind=job.kind, parent=str(parent_id))
        session.commit()
        return job.id
