"""How the service is: for people, for a supervisor (livez), and for a load balancer (readyz)."""

import time

from fastapi import APIRouter
from sqlalchemy import func, select

from app.api.deps import PartsDep, SessionDep
from app.api.errors import NotReady, problems
from app.api.schemas.health import Alive, Health, Queue, Ready
from app.core.errors import DatabaseUnavailable, FieldProblem
from app.models import Job
from app.services.readiness import sandbox_level

router = APIRouter(tags=["service"])


@router.get(
    "/health",
    operation_id="getHealth",
    summary="Status, version, and how much waits",
    responses=problems(DatabaseUnavailable),
)
def read_health(parts: PartsDep, session: SessionDep) -> Health:
    rows = session.execute(select(Job.status, func.count()).where(Job.deleted_at.is_(None)).group_by(Job.status))
    queue = Queue(**{str(status): count for status, count in rows})
    return Health(
        status="ok",
        version=parts.version,
        uptime_s=round(time.monotonic() - parts.started_at, 3),
        queue_size=queue.queued,
        queue=queue,
    )


@router.get("/livez", operation_id="getLivez", summary="The process answers")
async def read_livez() -> Alive:
    return Alive(status="ok")


@router.get(
    "/readyz",
    operation_id="getReadyz",
    summary="Database, broker and store answer",
    responses=problems(NotReady),
)
def read_readyz(parts: PartsDep) -> Ready:
    """Each is given two seconds. 503 names in ``errors`` what is down."""
    problems_found = parts.readiness.problems()
    if problems_found:
        raise NotReady(
            f"Down: {', '.join(problems_found)}.",
            errors=tuple(FieldProblem(name, problem) for name, problem in problems_found.items()),
        )
    level = sandbox_level(parts.settings.data_dir)
    return Ready(status="ok", database="ok", broker="ok", store="ok", sandbox=level)
