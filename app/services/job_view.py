"""A job as pollers see it: one entry a stage of its recipe, one number for how far it is, and how long it takes yet.

Everything is computed from the rows alone, never from the clock, so that one revision has one answer (its ETag).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from app.core.security import sign
from app.models import Job, JobStep
from app.models.job import FINISHED_JOB, FINISHED_STEP, JobStatus, StepStatus
from app.services.recipes import RECIPES, StepSpec

API = "/api/v1"
EVENTS_LINK_S = 86400
"""A link is good for this long after the job's last change."""
ETA_FROM_PROGRESS = 0.02
"""Below this the rate is a guess from start-up costs."""


def job_document(job: Job, *, base_url: str = "", secret: bytes) -> dict[str, Any]:
    """The document of ``GET /jobs/{id}``: ``base_url`` precedes its ``urls``, ``secret`` signs the one of events."""
    stages = [
        (spec, _stage(spec, [s for s in job.steps if s.stage == spec.stage], job)) for spec in RECIPES[job.kind].steps
    ]
    finished = job.status in FINISHED_JOB
    unfinished = (entry["name"] for _, entry in stages if entry["status"] not in FINISHED_STEP)
    progress = _progress(job, stages)
    return {
        "id": str(job.id),
        "kind": job.kind,
        "status": job.status,
        "stage": None if finished else next(unfinished, None),
        "progress": progress,
        "eta_s": _eta_s(job, progress),
        "revision": job.revision,
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "expires_at": job.expires_at,
        "source": job.source,
        "options": job.options,
        "steps": [entry for _, entry in stages],
        "warnings": job.warnings,
        "error": _error(job),
        "urls": _urls(job, base_url, secret),
    }


def _urls(job: Job, base_url: str, secret: bytes) -> dict[str, str]:
    path = f"{base_url}{API}/jobs/{job.id}"
    actions = {name: f"{path}/{name}" for name in ("cancel", "retry", "events", "logs")}
    expires_at = int(job.updated_at.timestamp()) // 60 * 60 + EVENTS_LINK_S
    signed = urlencode({"expires": expires_at, "signature": sign(secret, events_text(job.id), expires_at)})
    actions["events"] += f"?{signed}"
    return {"self": path, **actions, "result": f"{base_url}{API}/results/{job.id}"}


def events_text(job_id: UUID) -> str:
    """What the signature of a link to a job's events covers: an EventSource sends no headers."""
    return f"events/{job_id}"


def etag_of(job: Job) -> str:
    """Strong: one revision of a job has one document."""
    return etag(job.id, job.revision)


def etag(job_id: UUID, revision: int) -> str:
    """The same, of a job that was not loaded."""
    return f'"{job_id.hex}-{revision}"'


def _stage(spec: StepSpec, rows: Sequence[JobStep], job: Job) -> dict[str, Any]:
    status = _merged_status([row.status for row in rows]) if rows else _without_rows(spec, job)
    over = status in FINISHED_STEP
    started_at = min((row.started_at for row in rows if row.started_at), default=None)
    finished_at = max((row.finished_at for row in rows if row.finished_at), default=None) if over else None
    running = [row.message for row in rows if row.status == StepStatus.RUNNING and row.message]
    failed = next((row for row in rows if row.error_code and row.status != StepStatus.COMPLETED), None)
    entry: dict[str, Any] = {
        "name": spec.stage,
        "label": spec.label,
        "status": status,
        "progress": _done(rows) if rows else float(over),
        "message": next(iter(running or [row.message for row in rows if row.message]), None),
        "attempt": max((row.attempt for row in rows), default=0),
        "started_at": started_at,
        "finished_at": finished_at,
        "duration_s": duration_s(started_at, finished_at),
        "error": _error(failed) if failed else None,
    }
    if len(rows) > 1:
        entry["parts"] = [{"name": row.name, "status": row.status, "progress": row.progress} for row in rows]
    return entry


def _merged_status(statuses: list[str]) -> str:
    """One status for the parts of a stage: at work while any part is unfinished, else the worst that happened."""
    if all(status in FINISHED_STEP for status in statuses):
        worst = (StepStatus.FAILED, StepStatus.CANCELLED, StepStatus.COMPLETED)
        return next((status for status in worst if status in statuses), StepStatus.SKIPPED)
    begun = any(status != StepStatus.PENDING for status in statuses)
    return StepStatus.RUNNING if begun else StepStatus.PENDING


def _without_rows(spec: StepSpec, job: Job) -> str:
    """Of a stage whose rows the step before makes: not yet known, or known to be none."""
    if job.status == JobStatus.CANCELLED:
        return StepStatus.CANCELLED
    before = [row.status for row in job.steps if row.stage in spec.needs]
    over = job.status in FINISHED_JOB or (before and all(status in FINISHED_STEP for status in before))
    return StepStatus.SKIPPED if over else StepStatus.PENDING


def _done(rows: Sequence[JobStep]) -> float:
    """Mean progress by the parts' weights; what is over and will not be repeated counts as done."""

    def share(row: JobStep) -> float:
        over = row.status in (StepStatus.COMPLETED, StepStatus.SKIPPED)
        return 1.0 if over or (row.optional and row.status == StepStatus.FAILED) else row.progress

    weights = [float((row.params or {}).get("weight", 1.0)) for row in rows]
    return round(sum(weight * share(row) for weight, row in zip(weights, rows, strict=True)) / sum(weights), 4)


def _progress(job: Job, stages: list[tuple[StepSpec, dict[str, Any]]]) -> float:
    """Share of the whole, 0 to 1, by the stages' weights; 1 exactly when the job is completed."""
    if job.status == JobStatus.COMPLETED:
        return 1.0
    done = sum(spec.weight * float(entry["progress"]) for spec, entry in stages)
    return min(round(done / sum(spec.weight for spec, _ in stages), 4), 0.999)


def _eta_s(job: Job, progress: float) -> int | None:
    """Seconds left at the mean rate so far, as of the job's last change; None while that is unknown."""
    if job.status != JobStatus.RUNNING or job.started_at is None or progress < ETA_FROM_PROGRESS:
        return None
    elapsed_s = (job.updated_at - job.started_at).total_seconds()
    return max(0, round(elapsed_s * (1 - progress) / progress))


def duration_s(started_at: datetime | None, finished_at: datetime | None) -> float | None:
    """Seconds between the two, None where one is missing."""
    if started_at is None or finished_at is None:
        return None
    return round((finished_at - started_at).total_seconds(), 3)


def _error(row: Job | JobStep) -> dict[str, str] | None:
    if row.error_code is None:
        return None
    return {"code": row.error_code, "message": row.error_message or ""}
