"""Removes what a deleted job has: objects first, then rows, so that whatever is left can still be found.

Unlike other services these commit, since objects go between two transactions: a store that is slow must not hold locks.
Each may be run again, and by several at once.
"""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session, sessionmaker

from app.core.milestones import reached
from app.models import Artifact, Job, JobStep, Upload
from app.services.caller_keys import PLACE
from app.services.storage.protocol import ObjectStore

_HELD = JobStep.lease_expires_at > func.now()
"""Somebody works on the step, or has not seen yet that it is cancelled."""
_RUNNING = exists().where(JobStep.job_id == Job.id, _HELD)


def purgeable_jobs(session: Session, *, limit: int = 100) -> list[UUID]:
    """Deleted jobs whose objects and rows can go now: no step of theirs runs."""
    query = select(Job.id).where(Job.deleted_at.is_not(None), ~_RUNNING).order_by(Job.deleted_at).limit(limit)
    return list(session.scalars(query))


def purge_job(sessions: sessionmaker[Session], store: ObjectStore, job_id: UUID) -> bool:
    """Remove the objects and rows of a job marked as deleted. Blocks.

    True when nothing is left; False where the job is not marked, or a step of it still runs: try again later.
    Raises StorageUnavailable, or what the database raises; the job then stays marked.
    """
    with sessions.begin() as session:
        doomed = _doom(session, job_id)
    if doomed is None:
        return False
    reached("job_marked_deleted")
    for key in doomed:
        store.delete(key)
    for place in ("jobs", PLACE):  # of runs that lost their step, and a caller's key
        for key in list(store.keys(f"{place}/{job_id}/")):
            store.delete(key)
    reached("objects_deleted")
    with sessions.begin() as session:
        _remove_rows(session, job_id)
    return True


def _lock(session: Session, job_id: UUID) -> tuple[Job | None, Upload | None]:
    """The job's row first, as everywhere, then its upload's."""
    job = session.scalar(select(Job).where(Job.id == job_id).with_for_update())
    if job is None or job.upload_id is None:
        return job, None
    return job, session.scalar(select(Upload).where(Upload.id == job.upload_id).with_for_update())


def _doom(session: Session, job_id: UUID) -> list[str] | None:
    """Keys of the job's objects, those of its upload among them where no other job needs it; None if not yet."""
    job, upload = _lock(session, job_id)
    if job is None:
        return []
    if job.deleted_at is None or session.scalar(select(exists().where(JobStep.job_id == job_id, _HELD))):
        return None
    keys = list(session.scalars(select(Artifact.object_key).where(Artifact.job_id == job_id)))
    # Each job is marked before it looks for others, so the last of several that go at once takes the upload.
    if upload is not None and not _is_used(session, upload, job_id, deleted_too=False):
        upload.deleted_at = upload.deleted_at or datetime.now(UTC)
        keys += [key for key in (upload.object_key, upload.captions_key) if key is not None]
    return keys


def _is_used(session: Session, upload: Upload, job_id: UUID, *, deleted_too: bool) -> bool:
    others = exists().where(Job.upload_id == upload.id, Job.id != job_id)
    return bool(session.scalar(select(others if deleted_too else others.where(Job.deleted_at.is_(None)))))


def _remove_rows(session: Session, job_id: UUID) -> None:
    """Everything that belongs to the job goes with its row; the upload's row with the last job that names it."""
    _, upload = _lock(session, job_id)
    session.execute(delete(Job).where(Job.id == job_id))
    if upload is not None and upload.deleted_at is not None and not _is_used(session, upload, job_id, deleted_too=True):
        session.execute(delete(Upload).where(Upload.id == upload.id))
