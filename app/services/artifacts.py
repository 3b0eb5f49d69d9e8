"""The files of a job: found by the name that clients know them by."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import ArtifactNotFound, ResultNotReady
from app.models import Artifact, Job
from app.models.job import FINISHED_JOB
from app.services.jobs import get_job

NOT_READY_RETRY_S = 2


def artifacts_of(session: Session, job_id: UUID) -> dict[str, Artifact]:
    """All files of a job by name."""
    rows = session.scalars(select(Artifact).where(Artifact.job_id == job_id))
    return {row.name: row for row in rows}


def find_artifact(session: Session, job_id: UUID, *names: str, owner: str) -> tuple[Job, Artifact]:
    """The job and the first of its files called one of ``names``.

    Raises JobNotFound; ResultNotReady while the file may yet come; ArtifactNotFound.
    """
    job = get_job(session, job_id, owner=owner)
    rows = session.scalars(select(Artifact).where(Artifact.job_id == job_id, Artifact.name.in_(names)))
    found = {row.name: row for row in rows}
    for name in names:
        if name in found:
            return job, found[name]
    require_finished(job)
    raise ArtifactNotFound(f"This job has no {names[0]}.")


def require_finished(job: Job) -> None:
    """Raises ResultNotReady while the job is queued or running."""
    if job.status not in FINISHED_JOB:
        raise ResultNotReady(
            f"The job is {job.status}. Ask again when it is finished.",
            headers={"Retry-After": str(NOT_READY_RETRY_S)},
        )
