"""Where a job's recording comes from: an upload that is here, a URL, or a file that another job made.

Each ends as a row in ``uploads``, so that ownership and retention are the same for all.
"""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.core.errors import FieldProblem, ForbiddenUrl, LecternError, UnsupportedMedia
from app.core.sealing import Sealer
from app.core.settings import Settings
from app.models import Upload
from app.models.upload import UploadStatus
from app.services.artifacts import find_artifact
from app.services.filenames import display_name, extension
from app.services.remote_urls import checked_url, shown_url
from app.services.results import friendly_name
from app.services.signatures import MEDIA_EXTENSIONS

SOURCE_URL = "source-url"
"""What the URL of a source is sealed for."""


class UploadNotFound(LecternError):
    code = "upload_not_found"
    status = 404
    title = "No such upload"


class UploadNotComplete(LecternError):
    code = "upload_not_complete"
    status = 409
    title = "The upload is not complete"


def checked_field(url: str, field: str, settings: Settings) -> str:
    """As ``checked_url``; the problem names the field of the body that holds the URL. Raises ForbiddenUrl."""
    try:
        return checked_url(url, settings)
    except ForbiddenUrl as error:
        raise ForbiddenUrl(error.detail, errors=(FieldProblem(field, error.detail),)) from None


def source_key(upload_id: UUID, filename: str) -> str:
    """The object key of a recording, generated but for an extension that is known to be harmless."""
    suffix = extension(filename)
    return f"uploads/{upload_id.hex}/source.{suffix if suffix in MEDIA_EXTENSIONS and suffix.isalnum() else 'bin'}"


def held_upload(session: Session, upload_id: UUID, *, owner: str) -> Upload:
    """An upload, its row locked until the transaction ends, so that it does not go while a job begins to need it.

    Raises UploadNotFound, also for somebody else's; UploadNotComplete.
    """
    mine = select(Upload).where(Upload.id == upload_id, Upload.owner == owner, Upload.deleted_at.is_(None))
    upload = session.scalar(mine.with_for_update().execution_options(populate_existing=True))
    if upload is None:
        raise UploadNotFound(f"There is no upload {upload_id}.")
    if upload.status != UploadStatus.COMPLETE:
        raise UploadNotComplete("The recording is not here yet. Complete the upload first.")
    return upload


def remote_upload(session: Session, url: str, *, owner: str, secret: bytes) -> tuple[Upload, dict[str, Any]]:
    """A row for a recording that the first step fetches from ``url``, which is checked already; and what to tell."""
    upload_id = uuid7()
    filename = display_name(unquote(urlsplit(url).path), default="recording")
    upload = Upload(
        id=upload_id,
        owner=owner,
        status=UploadStatus.REMOTE,
        filename=filename,
        content_type="application/octet-stream",
        size_bytes=0,
        sha256=None,
        object_key=source_key(upload_id, filename),
        source_url=Sealer(secret, SOURCE_URL).seal(url),
    )
    session.add(upload)
    session.flush()
    return upload, {"url": shown_url(url), "size_bytes": None}


@dataclass(frozen=True)
class MadeFile:
    """A media file that a job made, and what its copy will be called."""

    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    object_key: str

    def copy(self) -> "tuple[UUID, MadeFile]":
        """The id of an upload-to-be, and the file as it will lie in the store when it is copied there."""
        upload_id = uuid7()
        return upload_id, replace(self, object_key=source_key(upload_id, self.filename))


def made_file(session: Session, job_id: UUID, name: str, *, owner: str) -> MadeFile:
    """The file ``name`` of a job. Raises JobNotFound, ResultNotReady, ArtifactNotFound, UnsupportedMedia."""
    job, artifact = find_artifact(session, job_id, name, owner=owner)
    if not artifact.content_type.startswith(("video/", "audio/")):
        raise UnsupportedMedia(f"{name} is neither video nor audio. Name a file such as clips/1/video.")
    return MadeFile(
        friendly_name(job, artifact),
        artifact.content_type,
        artifact.size_bytes,
        artifact.sha256,
        artifact.object_key,
    )


def copied_upload(session: Session, upload_id: UUID, file: MadeFile, *, owner: str) -> Upload:
    """The row of a copy that lies in the store."""
    upload = Upload(
        id=upload_id,
        owner=owner,
        filename=file.filename,
        content_type=file.content_type,
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        object_key=file.object_key,
    )
    session.add(upload)
    session.flush()
    return upload
