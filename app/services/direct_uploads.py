"""Uploads that go straight to the store, as rows: begun, found, planned in parts, let go of.

A link cannot be taken back. So the row of an upload that was dropped stays, marked, until ``expires_at``, which no link
outlives; then whatever came in late is removed with it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, Select, delete, exists, func, or_, select
from sqlalchemy.orm import Session
from uuid_utils.compat import uuid7

from app.core.errors import FieldProblem, FileTooLarge, InvalidRequest, LecternError, UnsupportedMedia
from app.models import Job, Upload
from app.models.upload import UploadStatus
from app.services.captions import caption_format
from app.services.filenames import display_name, extension
from app.services.signatures import MEDIA_EXTENSIONS
from app.services.sources import UploadNotFound, source_key
from app.services.storage.direct import Promise

MULTIPART_ABOVE_BYTES = 100_000_000
PART_BYTES = 64 * 1024 * 1024
MOST_PARTS = 1000
"""S3 takes 10,000 of 5 MiB to 5 GiB; an answer with so many links would be long."""
DIRECT = (UploadStatus.PENDING, UploadStatus.COMPLETE)
UNKNOWN_TYPE = "application/octet-stream"


class UploadFinished(LecternError):
    code = "upload_finished"
    status = 409
    title = "The upload is complete"


class UploadInUse(LecternError):
    code = "upload_in_use"
    status = 409
    title = "A job uses the upload"


@dataclass(frozen=True)
class NewUpload:
    """What a client asks for. ``content_type`` is what it will send; ``captions`` are SRT or WebVTT."""

    filename: str
    size_bytes: int
    sha256: str
    content_type: str | None = None
    captions: bytes | None = None


def begin_upload(session: Session, new: NewUpload, *, owner: str, max_bytes: int, expiry_s: int) -> Upload:
    """A pending upload. Raises FileTooLarge, UnsupportedMedia, InvalidRequest, InvalidCaptions."""
    if new.size_bytes > max_bytes:
        raise FileTooLarge(f"The file is larger than the {max_bytes:,} bytes that this server takes.")
    filename = display_name(new.filename, default="")
    if not filename:
        raise InvalidRequest("The file has no name.", errors=(FieldProblem("body.filename", "has nothing to show"),))
    suffix = extension(filename)
    if suffix and suffix not in MEDIA_EXTENSIONS:
        raise UnsupportedMedia(f"{filename} has no extension of a recording. Send a video or audio recording.")
    upload_id = uuid7()
    form = caption_format(new.captions)[0] if new.captions is not None else None
    upload = Upload(
        id=upload_id,
        owner=owner,
        status=UploadStatus.PENDING,
        filename=filename,
        content_type=new.content_type or MEDIA_EXTENSIONS.get(suffix, UNKNOWN_TYPE),
        size_bytes=new.size_bytes,
        sha256=new.sha256.lower(),
        object_key=source_key(upload_id, filename),
        captions_key=f"uploads/{upload_id.hex}/captions.{form}" if form else None,
        expires_at=datetime.now(UTC) + timedelta(seconds=expiry_s),
    )
    session.add(upload)
    session.flush()
    return upload


def find_upload(session: Session, upload_id: UUID, *, owner: str, lock: bool = False) -> Upload:
    """An upload that is here or may still come; its row locked until the transaction ends where ``lock``.

    Raises UploadNotFound, also for somebody else's and for one that was dropped or not completed in time.
    """
    query = _visible().where(Upload.id == upload_id, Upload.owner == owner)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    upload = session.scalar(query)
    if upload is None:
        raise UploadNotFound(f"There is no upload {upload_id}.")
    return upload


def require_receivable(session: Session, key: str) -> None:
    """Whether a signed link may still store ``key``. Raises UploadNotFound, UploadFinished."""
    upload = session.scalar(_visible().where(Upload.object_key == key))
    if upload is None:
        raise UploadNotFound("The upload was dropped, or not completed in time. Begin a new one.")
    if upload.status != UploadStatus.PENDING:
        raise UploadFinished("The upload is complete and cannot be written any more.")


def drop_upload(session: Session, upload_id: UUID, *, owner: str) -> Upload:
    """Mark an upload as gone; its objects may then be removed. Raises UploadNotFound, UploadInUse."""
    upload = find_upload(session, upload_id, owner=owner, lock=True)
    if session.scalar(select(exists().where(Job.upload_id == upload_id, Job.deleted_at.is_(None)))):
        raise UploadInUse("A job uses the upload. Delete the job: the upload goes with it.")
    mark_dropped(upload)
    return upload


def mark_dropped(upload: Upload) -> None:
    """Nobody sees it any more, and the sweep removes it at its time."""
    now = datetime.now(UTC)
    upload.deleted_at, upload.expires_at = upload.deleted_at or now, upload.expires_at or now


def expired_uploads(session: Session, *, limit: int = 100) -> list[Upload]:
    """Uploads past their time that no job uses, now marked, so that nobody completes them or makes a job of them."""
    query = select(Upload).where(Upload.expires_at < func.now(), Upload.status.in_(DIRECT), _unused())
    found = list(session.scalars(query.order_by(Upload.expires_at).limit(limit).with_for_update(skip_locked=True)))
    # A job may have been committed after the statement began and before it locked the row: ask again under the lock.
    used = set(session.scalars(select(Job.upload_id).where(Job.upload_id.in_([upload.id for upload in found]))))
    expired = [upload for upload in found if upload.id not in used]
    for upload in expired:
        mark_dropped(upload)
    session.flush()
    return expired


def forget_upload(session: Session, upload_id: UUID) -> None:
    """Remove the row of a marked upload whose objects are gone."""
    session.execute(delete(Upload).where(Upload.id == upload_id, Upload.deleted_at.is_not(None), _unused()))


def is_multipart(upload: Upload) -> bool:
    return upload.size_bytes > MULTIPART_ABOVE_BYTES


def part_sizes(size_bytes: int) -> list[int]:
    """Sizes of the parts in bytes: all the same but the last. They follow from the size alone, so they are not kept."""
    part = max(PART_BYTES, -(-size_bytes // MOST_PARTS))
    return [min(part, size_bytes - begins) for begins in range(0, size_bytes, part)]


def promise_of(upload: Upload) -> Promise:
    return Promise(upload.size_bytes, upload.content_type, upload.sha256 or "")


def _visible() -> Select[Upload]:
    alive = or_(Upload.status == UploadStatus.COMPLETE, Upload.expires_at > func.now())
    return select(Upload).where(Upload.status.in_(DIRECT), Upload.deleted_at.is_(None), alive)


def _unused() -> ColumnElement[bool]:
    return ~exists().where(Job.upload_id == Upload.id)
