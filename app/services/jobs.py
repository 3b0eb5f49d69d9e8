"""Jobs as rows: made from a recipe, found, listed, told as clients see them."""

import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from app.core.errors import JobNotFound
from app.models import Job, JobStep, ProcessingLog, Upload
from app.services.caller_keys import HeldKey, hand_over
from app.services.options import Options
from app.services.recipes import RECIPES

log = logging.getLogger("lectern.jobs")
STEPS = selectinload(Job.steps).defer(JobStep.result)
"""A poll must not read the edit plan and the probe's findings each time."""


def create_job(
    session: Session,
    *,
    kind: str,
    upload: Upload,
    options: dict[str, Any],
    owner: str,
    retention: timedelta,
    source: dict[str, Any] | None = None,
    parent_id: UUID | None = None,
    priority: int = 0,
    webhook_url: str | None = None,
    caller_key: HeldKey | None = None,
) -> Job:
    """Write a job, its steps and its first log row. The caller commits, then rings the broker.

    ``source`` is what clients are told of the input where there is more to tell than of an upload; ``webhook_url`` is
    sealed already. ``caller_key`` was sealed for this very job, which gets its id.
    """
    recipe = RECIPES[kind]
    told = {"filename": upload.filename, "size_bytes": upload.size_bytes, "duration_s": None}
    job = Job(
        kind=kind,
        owner=owner,
        upload_id=upload.id,
        source=told | (source or {}),
        options=options,
        parent_id=parent_id,
        priority=priority,
        webhook_url=webhook_url,
        expires_at=datetime.now(UTC) + retention,
    )
    for position, spec in enumerate(recipe.steps):
        if not spec.fan_out:
            job.steps.append(
                JobStep(
                    name=spec.stage,
                    stage=spec.stage,
                    position=position,
                    needs=list(spec.needs),
                    queue=spec.queue,
                    optional=spec.optional,
                    params={},
                )
            )
    if caller_key is not None:
        job.id = caller_key.job_id
        hand_over(job.steps, caller_key)
    session.add(job)
    session.flush()
    size_bytes = job.source["size_bytes"]
    log_event(session, job.id, "job_submitted", f"Received {upload.filename}.", data={"size_bytes": size_bytes})
    return job


def retention_of(options: Options, default_days: int) -> timedelta:
    """How long a job with these options is kept."""
    return timedelta(days=default_days) if options.expires_in_s is None else timedelta(seconds=options.expires_in_s)


def get_job(session: Session, job_id: UUID, *, owner: str) -> Job:
    """A job with its steps, but not their results, which are long. Raises JobNotFound, also for somebody else's."""
    job = session.scalar(_visible(owner).where(Job.id == job_id).limit(1))
    if job is None:
        raise JobNotFound(f"There is no job {job_id}.")
    return job


def owner_of(session: Session, job_id: UUID) -> str:
    """Whose a job is: only for who has shown a link to it that we signed. Raises JobNotFound."""
    owner = session.scalar(select(Job.owner).where(Job.id == job_id, Job.deleted_at.is_(None)))
    if owner is None:
        raise JobNotFound(f"There is no job {job_id}.")
    return owner


def lock_job(session: Session, job_id: UUID, *, owner: str) -> Job:
    """The job as it is now, its row locked until the transaction ends: whoever writes a step or a job does this first.

    Raises JobNotFound.
    """
    query = _visible(owner).where(Job.id == job_id).with_for_update().execution_options(populate_existing=True)
    job = session.scalar(query)  # the steps are read by a second statement, so after the lock
    if job is None:
        raise JobNotFound(f"There is no job {job_id}.")
    return job


def list_jobs(
    session: Session,
    *,
    owner: str,
    limit: int,
    after: UUID | None = None,
    status: str | None = None,
    kind: str | None = None,
    created_after: datetime | None = None,
) -> list[Job]:
    """Newest first. Ids grow with time, so ``after`` (the last id of the page before) is the whole cursor."""
    query = _visible(owner)
    if after is not None:
        query = query.where(Job.id < after)
    if status is not None:
        query = query.where(Job.status == status)
    if kind is not None:
        query = query.where(Job.kind == kind)
    if created_after is not None:
        query = query.where(Job.created_at > created_after)
    return list(session.scalars(query.order_by(Job.id.desc()).limit(limit)))


def _visible(owner: str) -> Select[Job]:
    return select(Job).where(Job.owner == owner, Job.deleted_at.is_(None)).options(STEPS)


def log_event(
    session: Session,
    job_id: UUID,
    event: str,
    message: str,
    *,
    step: str | None = None,
    level: str = "info",
    data: dict[str, Any] | None = None,
) -> None:
    """Add a line to the job's history, and say it in the log."""
    session.add(ProcessingLog(job_id=job_id, step=step, level=level, event=event, message=message, data=data or {}))
    said = {"event": event, "job_id": str(job_id), "step": step, "data": data}
    log.log(logging.getLevelNamesMapping()[level.upper()], "%s", message, extra=said)
