"""What runs next: the one function behind submit, retry, recovery and continuation, and the two ways a step ends.

The database is the truth and the broker only rings. Parallel branches join here, under the job's lock: there is no
chord and no result backend.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from celery import Celery, group
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.milestones import reached
from app.core.queue import RUN_STEP, queue_of
from app.models import Artifact, Job, JobStep
from app.models.job import FINISHED_JOB, JobStatus, StepStatus
from app.services.jobs import log_event
from app.services.recipes import RECIPES
from app.services.webhooks import announce
from pipeline.lease import Claim, lock_job
from pipeline.outcome import Failure, Outcome, StoredFile, Warning_

MAX_ATTEMPTS = 3
RETRY_AFTER = timedelta(seconds=5)
ENOUGH = (StepStatus.COMPLETED, StepStatus.SKIPPED)


@dataclass(frozen=True)
class Dispatch:
    """Steps to send for one job: their names and queues. Whoever runs the last of them continues the job."""

    job_id: UUID
    steps: tuple[tuple[str, str], ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.steps)

    def send(self, celery: Celery) -> None:
        """Send what was marked, after the commit. Raises what the broker raises: the reaper will send again."""
        if self.steps:
            reached("steps_marked")
            group(
                celery.signature(RUN_STEP, args=(str(self.job_id), name, queue), immutable=True, queue=queue_of(queue))
                for name, queue in self.steps
            ).apply_async()
            reached("steps_sent")


def continue_job(session: Session, job_id: UUID) -> Dispatch:
    """Mark the steps that can run now as sent, or finish the job. The caller commits, then sends."""
    nothing = Dispatch(job_id, ())
    if not lock_job(session, job_id):
        return nothing
    job = session.get_one(Job, job_id, populate_existing=True)
    if job.status in FINISHED_JOB:
        return nothing
    steps = list(session.scalars(select(JobStep).where(JobStep.job_id == job_id).order_by(JobStep.position)))
    failed = next((s for s in steps if s.status == StepStatus.FAILED and not s.optional), None)
    if failed is not None:
        _fail(session, job, steps, failed)
        return nothing
    if all(s.status in ENOUGH or (s.optional and s.status == StepStatus.FAILED) for s in steps):
        _complete(session, job)
        return nothing
    return Dispatch(job_id, _mark_sent(session, job, steps))


def _mark_sent(session: Session, job: Job, steps: list[JobStep]) -> tuple[tuple[str, str], ...]:
    now = _now(session)
    ready = [step for step in steps if _sendable(step, now) and _inputs_complete(step, steps)]
    for step in ready:
        step.sent_at = now
        step.sent_count += 1
    if ready and job.status == JobStatus.QUEUED:
        job.updated_at = now
    return tuple((step.name, step.queue) for step in ready)


def _sendable(step: JobStep, now: datetime) -> bool:
    return (
        step.status == StepStatus.PENDING and step.sent_at is None and (step.retry_at is None or step.retry_at <= now)
    )


def _inputs_complete(step: JobStep, steps: list[JobStep]) -> bool:
    return all(
        s.status in ENOUGH or (s.optional and s.status == StepStatus.FAILED)
        for s in steps
        if s.stage in step.needs or s.name in step.needs
    )


def _complete(session: Session, job: Job) -> None:
    _finish(session, job, JobStatus.COMPLETED)
    log_event(session, job.id, "job_completed", "The job is done.")
    announce(session, job)


def _fail(session: Session, job: Job, steps: list[JobStep], failed: JobStep) -> None:
    if any(s.status == StepStatus.RUNNING for s in steps):
        return  # finished work is kept: the others may end first
    _finish(session, job, JobStatus.FAILED)
    job.error_code, job.error_message = failed.error_code, failed.error_message
    log_event(session, job.id, "job_failed", failed.error_message or "The job failed.", level="error")
    announce(session, job)


def _finish(session: Session, job: Job, status: JobStatus) -> None:
    now = _now(session)
    job.status, job.finished_at, job.updated_at = status, now, now
    job.revision += 1


def commit_outcome(session: Session, held: Claim, outcome: Outcome) -> bool:
    """Write a step's results under its fence. False: somebody else owns the step, and nothing was written."""
    owned = _owned_step(session, held)
    if owned is None:
        return _is_committed(session, held)
    job, step = owned
    now = _now(session)
    step.status, step.progress, step.finished_at, step.lease_expires_at = StepStatus.COMPLETED, 1.0, now, None
    step.result = outcome.result
    job.source = {**job.source, **outcome.source}
    _warn(job, outcome.warnings)
    _skip(session, job, outcome.skip)
    outcome.write(session)
    for file in outcome.files:
        session.add(_artifact(held, file))
    recipe = RECIPES[job.kind]
    for part in outcome.parts:
        spec = recipe.step(part.stage)
        session.add(
            JobStep(
                job_id=job.id,
                name=part.name,
                stage=part.stage,
                position=recipe.steps.index(spec) * 100 + part.number,
                needs=list(spec.needs if part.needs is None else part.needs),
                queue=part.queue or spec.queue,
                optional=spec.optional,
                params=part.params,
            )
        )
    _touch(job, now)
    log_event(
        session, job.id, "step_completed", f"{step.name} is done.", step=step.name, data={"attempt": held.attempt}
    )
    session.flush()
    return True


def commit_failure(session: Session, held: Claim, failure: Failure) -> bool:
    """Record a failure under the fence: tried again later where that can help, else final."""
    owned = _owned_step(session, held)
    if owned is None:
        return False
    job, step = owned
    now = _now(session)
    step.lease_expires_at = None
    step.error_code, step.error_message = failure.code, failure.message
    if failure.retryable and held.attempt < MAX_ATTEMPTS:
        step.status, step.sent_at = StepStatus.PENDING, None
        step.retry_at = now + RETRY_AFTER * 2 ** (held.attempt - 1)
    else:
        step.status, step.finished_at = StepStatus.FAILED, now
        step.optional = step.optional and not failure.fatal
        if step.optional:
            _warn(job, (Warning_(failure.code, f"{_label(job, step)} failed: {failure.message}"),))
    _touch(job, now)
    log_event(
        session, job.id, "step_failed", failure.message, step=step.name, level="error", data={"code": failure.code}
    )
    session.flush()
    return True


def _owned_step(session: Session, held: Claim) -> tuple[Job, JobStep] | None:
    if not lock_job(session, held.job_id):
        return None
    job = session.get_one(Job, held.job_id, populate_existing=True)
    step = session.get(JobStep, held.step_id, populate_existing=True)
    if step is None or step.fence != held.fence or step.status != StepStatus.RUNNING:
        return None
    return job, step


def _is_committed(session: Session, held: Claim) -> bool:
    """True when a commit of this very run went through, though its answer was lost with the connection."""
    step = session.get(JobStep, held.step_id, populate_existing=True)
    return step is not None and step.fence == held.fence and step.status == StepStatus.COMPLETED


def _skip(session: Session, job: Job, stages: tuple[str, ...]) -> None:
    now = _now(session)
    for step in session.scalars(select(JobStep).where(JobStep.job_id == job.id, JobStep.stage.in_(stages))):
        if step.status == StepStatus.PENDING:
            step.status, step.finished_at = StepStatus.SKIPPED, now


def _warn(job: Job, warnings: tuple[Warning_, ...]) -> None:
    known = {(w["code"], w["detail"]) for w in job.warnings}
    new = [{"code": w.code, "detail": w.detail} for w in warnings if (w.code, w.detail) not in known]
    if new:
        job.warnings = [*job.warnings, *new]


def _now(session: Session) -> datetime:
    """The database's time: what is compared there must not come from the clocks of many hosts."""
    return session.execute(select(func.now())).scalar_one()


def _touch(job: Job, now: datetime) -> None:
    job.revision += 1
    job.updated_at = now


def _label(job: Job, step: JobStep) -> str:
    return RECIPES[job.kind].step(step.stage).label


def _artifact(held: Claim, file: StoredFile) -> Artifact:
    return Artifact(
        job_id=held.job_id,
        step=held.name,
        fence=held.fence,
        name=file.name,
        filename=file.filename,
        content_type=file.content_type,
        object_key=file.object_key,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
    )
