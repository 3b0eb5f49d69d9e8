"""What clients do to a job that exists: cancel it, continue it, mark it deleted. Each locks the job's row first."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from app.core.errors import LecternError
from app.models import IdempotencyKey, Job, JobStep, Upload
from app.models.job import FINISHED_JOB, JobStatus, StepStatus
from app.services.caller_keys import HeldKey, hand_over
from app.services.jobs import lock_job, log_event
from app.services.recipes import RECIPES
from app.services.webhooks import announce

OVER = (StepStatus.COMPLETED, StepStatus.SKIPPED)


class JobFinished(LecternError):
    code = "job_finished"
    status = 409
    title = "The job is finished"


class JobNotRetryable(LecternError):
    code = "job_not_retryable"
    status = 409
    title = "The job cannot be continued"


def cancel_job(session: Session, job_id: UUID, *, owner: str) -> Job:
    """End the job now, whoever works on it or nobody. A second time changes nothing.

    What runs finds its step cancelled within two seconds and is ended; it can commit nothing any more.
    Raises JobNotFound, JobFinished.
    """
    job = lock_job(session, job_id, owner=owner)
    if job.status == JobStatus.CANCELLED:
        return job
    if job.status in FINISHED_JOB:
        raise JobFinished(f"The job is {job.status} already.")
    _cancel(session, job)
    return job


def _cancel(session: Session, job: Job) -> None:
    """A step that runs keeps its lease until its worker has let go: what it made must not outlive a deleted job."""
    now = datetime.now(UTC)
    job.cancel_requested_at = now
    for step in job.steps:
        if step.status in (StepStatus.PENDING, StepStatus.RUNNING):
            step.status, step.finished_at = StepStatus.CANCELLED, now
    job.status, job.finished_at = JobStatus.CANCELLED, now
    log_event(session, job.id, "job_cancelled", "Somebody cancelled the job.")
    _touch(job, now)
    session.flush()
    announce(session, job)


def retry_job(session: Session, job_id: UUID, *, owner: str, caller_key: HeldKey | None = None) -> Job:
    """Continue a failed or cancelled job where it stopped; what is done is not done again.

    Steps that failed or were cancelled get a fresh allowance of attempts. An optional step that failed is tried again
    only while nothing has been built without it. The caller commits, then rings the broker.
    Raises JobNotFound, JobNotRetryable, ApiKeyNeeded.
    """
    job = lock_job(session, job_id, owner=owner)
    if job.status not in (JobStatus.FAILED, JobStatus.CANCELLED):
        raise JobNotRetryable(f"The job is {job.status}. Only a failed or cancelled job can be continued.")
    upload = session.get(Upload, job.upload_id) if job.upload_id else None
    if upload is None or upload.deleted_at is not None:
        raise JobNotRetryable("The recording is no longer kept. Upload it again.")
    again = [step for step in job.steps if _is_retried(step, job)]
    hand_over(again, caller_key)
    job.warnings = [warning for warning in job.warnings if not any(_tells_of(warning, step) for step in again)]
    retried = [step.name for step in again if step.status != StepStatus.PENDING]
    for step in again:
        _reset(step)
        step.optional = RECIPES[job.kind].step(step.stage).optional  # a fatal error has made it needed
    job.status, job.started_at, job.finished_at = JobStatus.QUEUED, None, None
    job.cancel_requested_at = job.error_code = job.error_message = None
    _touch(job, datetime.now(UTC))
    log_event(session, job.id, "job_retried", "Somebody asked to continue the job.", data={"steps": retried})
    session.flush()
    return job


def _is_retried(step: JobStep, job: Job) -> bool:
    """Pending ones too: a step sent along in a chain that broke is still marked as sent."""
    if step.status in OVER:
        return False
    if step.optional and step.status == StepStatus.FAILED:
        return not any({step.stage, step.name} & {*other.needs} and other.status in OVER for other in job.steps)
    return True


def _tells_of(warning: dict[str, str], step: JobStep) -> bool:
    return warning["code"] == step.error_code and warning["detail"].endswith(step.error_message or "")


def _reset(step: JobStep) -> None:
    """The fence stays: whoever held the step before has lost it for good."""
    step.status, step.progress, step.attempt, step.sent_count = StepStatus.PENDING, 0.0, 0, 0
    step.sent_at = step.retry_at = step.lease_expires_at = step.started_at = step.finished_at = None
    step.message = step.error_code = step.error_message = None


def mark_deleted(session: Session, job_id: UUID, *, owner: str) -> None:
    """Hide the job from everybody and end its work. After the commit, ``deletion.purge_job`` removes what it has.

    Its idempotency key is free at once. Raises JobNotFound.
    """
    job = lock_job(session, job_id, owner=owner)
    if job.status not in FINISHED_JOB:
        _cancel(session, job)
    now = datetime.now(UTC)
    job.deleted_at = now
    _touch(job, now)
    session.execute(delete(IdempotencyKey).where(IdempotencyKey.job_id == job.id))
    log_event(session, job.id, "job_deleted", "Somebody deleted the job.")
    session.flush()


def _touch(job: Job, now: datetime) -> None:
    job.revision += 1
    job.updated_at = now
