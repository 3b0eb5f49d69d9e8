"""An object of the store by its key, as its owner may have it."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.core.errors import ArtifactNotFound
from app.models import Artifact, Job, Upload
from app.models.upload import UploadStatus
from app.services.results import friendly_name
from app.services.storage.keys import KEY


@dataclass(frozen=True)
class OwnedObject:
    """``filename`` is what a download of it is called."""

    key: str
    filename: str
    content_type: str


def owned_object(session: Session, key: str, *, owner: str) -> OwnedObject:
    """An upload's recording or captions, or a file of a job. Raises ArtifactNotFound, also for somebody else's."""
    found = (_of_upload(session, key, owner) or _of_job(session, key, owner)) if KEY.fullmatch(key) else None
    if found is None:
        raise ArtifactNotFound("There is no file of this key.")
    return found


def _of_upload(session: Session, key: str, owner: str) -> OwnedObject | None:
    upload = session.scalar(
        select(Upload).where(
            or_(Upload.object_key == key, Upload.captions_key == key),
            Upload.owner == owner,
            Upload.status == UploadStatus.COMPLETE,
            Upload.deleted_at.is_(None),
        )
    )
    if upload is None:
        return None
    if key == upload.object_key:
        return OwnedObject(key, upload.filename, upload.content_type)
    return OwnedObject(key, key.rsplit("/", 1)[-1], "text/plain")


def _of_job(session: Session, key: str, owner: str) -> OwnedObject | None:
    mine = (
        select(Job, Artifact)
        .join(Artifact, Artifact.job_id == Job.id)
        .where(Artifact.object_key == key, Job.owner == owner, Job.deleted_at.is_(None))
    )
    row = session.execute(mine).first()
    if row is None:
        return None
    job, artifact = row
    return OwnedObject(key, friendly_name(job, artifact), artifact.content_type)
