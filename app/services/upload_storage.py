"""Direct uploads where rows and the store meet: prepared, completed, dropped, swept.

Unlike other services these commit, since the store is asked between two transactions: one that is slow must not hold
locks. Each may be run again, and by several at once.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_hex
from uuid import UUID

from sqlalchemy.orm import Session, sessionmaker

from app.core.errors import ArtifactNotFound, LecternError, StorageUnavailable, UnsupportedMedia
from app.core.principal import Principal
from app.models import Upload
from app.models.upload import UploadStatus
from app.services.audit import record
from app.services.captions import caption_format
from app.services.direct_uploads import (
    drop_upload,
    expired_uploads,
    find_upload,
    forget_upload,
    is_multipart,
    mark_dropped,
    part_sizes,
)
from app.services.received_object import ChecksumMismatch, UploadIncomplete
from app.services.sniffing import HEAD_BYTES, accepted_type
from app.services.sources import UploadNotFound
from app.services.storage.direct import StoredPart
from app.services.storage.protocol import ObjectStore

VERIFY_S = 3600
"""No verification takes longer; until then the sweep lets the upload be."""
log = logging.getLogger(__name__)

Sessions = sessionmaker[Session]


def store_captions(store: ObjectStore, upload: Upload, captions: bytes) -> None:
    """Put the captions that came with the request into the store. Raises StorageUnavailable."""
    assert upload.captions_key is not None
    path: Path = store.incoming_dir() / f"captions-{token_hex(12)}"
    try:
        path.write_bytes(captions)
        store.put_file(upload.captions_key, path, caption_format(captions)[1])
    except OSError as error:
        raise StorageUnavailable(f"The captions could not be written: {error.strerror}.") from error
    finally:
        path.unlink(missing_ok=True)


def open_multipart(sessions: Sessions, store: ObjectStore, upload: Upload) -> str:
    """The store's name of the multipart upload, opened if it is not yet. Raises UploadNotFound, StorageUnavailable."""
    if upload.store_upload_id is not None:
        return upload.store_upload_id
    opened = store.begin_multipart(upload.object_key, upload.content_type)
    with sessions.begin() as session:
        row = find_upload(session, upload.id, owner=upload.owner, lock=True)
        kept = row.store_upload_id = row.store_upload_id or opened
    if kept != opened:
        store.abort_multipart(upload.object_key, opened)
    return kept


def complete_upload(
    sessions: Sessions,
    store: ObjectStore,
    upload_id: UUID,
    principal: Principal,
    *,
    expiry_s: int,
    sent: Mapping[int, str] | None = None,
) -> Upload:
    """Verify what lies in the store and take it. To complete a complete upload changes nothing. Blocks.

    It goes after ``expiry_s`` where no job uses it. ``sent`` are the ETags of the parts by number, where the client
    kept them. Raises UploadNotFound; UploadIncomplete where something is missing and can still be sent;
    ChecksumMismatch and UnsupportedMedia, and the upload is dropped.
    """
    with sessions.begin() as session:
        upload = find_upload(session, upload_id, owner=principal.owner, lock=True)
        if upload.status == UploadStatus.COMPLETE:
            return upload
        least = datetime.now(UTC) + timedelta(seconds=VERIFY_S)
        upload.expires_at = max(upload.expires_at or least, least)
    if is_multipart(upload):
        _join(store, upload, sent)
    try:
        content_type = _verified_type(store, upload)
    except (ChecksumMismatch, UnsupportedMedia):
        _drop_pending(sessions, store, upload)
        raise
    except ArtifactNotFound:
        with sessions.begin() as session:
            find_upload(session, upload_id, owner=principal.owner)
        raise UploadIncomplete("The file went away while it was verified. Send it again.") from None
    try:
        with sessions.begin() as session:
            upload = find_upload(session, upload_id, owner=principal.owner, lock=True)
            if upload.status == UploadStatus.PENDING:
                upload.status, upload.content_type = UploadStatus.COMPLETE, content_type
                upload.expires_at = datetime.now(UTC) + timedelta(seconds=expiry_s)
                record(session, principal, "upload.complete", str(upload_id))
    except UploadNotFound:  # dropped while the parts were joined
        _remove(store, upload)
        raise
    return upload


def _drop_pending(sessions: Sessions, store: ObjectStore, upload: Upload) -> None:
    """Drop what did not stand up to verification, unless it did for somebody else."""
    with sessions.begin() as session:
        row = find_upload(session, upload.id, owner=upload.owner, lock=True)
        if row.status != UploadStatus.PENDING:
            return
        mark_dropped(row)
    _remove(store, upload)


def _join(store: ObjectStore, upload: Upload, sent: Mapping[int, str] | None) -> None:
    """Make the object of its parts, unless somebody has. Raises UploadIncomplete."""
    if store.info(upload.object_key) is not None:
        return
    name = upload.store_upload_id
    parts = store.parts(upload.object_key, name) if name is not None else []
    try:
        _require_all(parts, part_sizes(upload.size_bytes), sent)
    except UploadIncomplete:
        if store.info(upload.object_key) is not None:  # joined by somebody else meanwhile
            return
        raise
    assert name is not None
    store.finish_multipart(upload.object_key, name, parts)


def _require_all(parts: list[StoredPart], sizes: list[int], sent: Mapping[int, str] | None) -> None:
    arrived = {part.number: part for part in parts}
    wrong = [
        number
        for number, size_bytes in enumerate(sizes, 1)
        if number not in arrived or arrived[number].size_bytes != size_bytes
    ]
    if wrong or len(arrived) != len(sizes):
        raise UploadIncomplete(
            f"{len(sizes) - len(wrong)} of {len(sizes)} parts have arrived. `GET` the upload to see which, and to get "
            "fresh links."
        )
    if sent is not None and {n: part.etag for n, part in arrived.items()} != {n: e.strip('"') for n, e in sent.items()}:
        raise UploadIncomplete("The ETags are not those of the parts that have arrived. `GET` the upload to see them.")


def _verified_type(store: ObjectStore, upload: Upload) -> str:
    """The content type to keep. Raises UploadIncomplete, ChecksumMismatch, UnsupportedMedia."""
    stored = store.info(upload.object_key)
    if stored is None:
        raise UploadIncomplete("Nothing has arrived yet. PUT the file to its link first.")
    if stored.size_bytes != upload.size_bytes:
        raise ChecksumMismatch(
            f"{stored.size_bytes:,} bytes arrived, and {upload.size_bytes:,} were promised. Begin a new upload."
        )
    content_type = accepted_type(store.read_head(upload.object_key, HEAD_BYTES), upload.filename)
    if store.sha256_of(upload.object_key) != upload.sha256:
        raise ChecksumMismatch("The SHA-256 of what arrived is not the one that was promised. Begin a new upload.")
    return content_type


def discard_upload(sessions: Sessions, store: ObjectStore, upload_id: UUID, principal: Principal) -> None:
    """Drop an upload and what has arrived of it. What cannot be removed now goes with the sweep.

    Raises UploadNotFound, UploadInUse.
    """
    with sessions.begin() as session:
        upload = drop_upload(session, upload_id, owner=principal.owner)
        record(session, principal, "upload.delete", str(upload_id))
    _remove(store, upload)


def sweep_uploads(sessions: Sessions, store: ObjectStore) -> int:
    """Remove uploads that nobody completed or used in time: objects first, then rows. Returns how many went."""
    with sessions.begin() as session:
        expired = expired_uploads(session)
    gone = 0
    for upload in expired:
        if _remove(store, upload):
            with sessions.begin() as session:
                forget_upload(session, upload.id)
            gone += 1
    return gone


def _remove(store: ObjectStore, upload: Upload) -> bool:
    """Remove objects and parts; False where the store fails, and the sweep does it again."""
    try:
        if is_multipart(upload):
            store.abort_multipart(upload.object_key, upload.store_upload_id)
        for key in (upload.object_key, upload.captions_key):
            if key is not None:
                store.delete(key)
    except (LecternError, OSError) as error:
        log.warning("upload %s: its objects could not be removed yet: %s", upload.id, type(error).__name__)
        return False
    return True
