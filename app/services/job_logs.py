"""What happened to a job, oldest first."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import ProcessingLog


def log_lines(session: Session, job_id: UUID, *, after: int = 0, limit: int) -> list[ProcessingLog]:
    """Lines with an id greater than ``after``. A job's writers take turns, so that ids come in order."""
    query = select(ProcessingLog).where(ProcessingLog.job_id == job_id, ProcessingLog.id > after)
    return list(session.scalars(query.order_by(ProcessingLog.id).limit(limit)))


def line_document(line: ProcessingLog) -> dict[str, Any]:
    """As clients see it."""
    return {name: getattr(line, name) for name in ("id", "created_at", "level", "event", "step", "message", "data")}
