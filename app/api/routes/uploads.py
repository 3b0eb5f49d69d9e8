"""Uploads that go straight to the store: begun, resumed, completed, dropped."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response

from app.api.auth import PrincipalDep
from app.api.body_limit import bounded
from app.api.deps import PartsDep
from app.api.errors import problems
from app.api.schemas.upload import NewUpload, Upload, UploadCompletion
from app.api.upload_answers import PRIVATE, upload_document, upload_path
from app.core.errors import (
    DatabaseUnavailable,
    FileTooLarge,
    InvalidRequest,
    StorageUnavailable,
    UnsupportedMedia,
)
from app.services import direct_uploads
from app.services.audit import record
from app.services.captions import InvalidCaptions
from app.services.direct_uploads import UploadInUse, begin_upload, find_upload
from app.services.received_object import ChecksumMismatch, UploadIncomplete
from app.services.sources import UploadNotFound
from app.services.upload_storage import complete_upload, discard_upload, store_captions

MAX_BODY_BYTES = 8 * 1024 * 1024
"""Captions and how JSON writes them."""
router = APIRouter(tags=["uploads"], route_class=bounded(MAX_BODY_BYTES))


def get_upload_id(
    upload_id: Annotated[str, Path(description="Id of an upload.", json_schema_extra={"format": "uuid"})],
) -> UUID:
    """The id in the path. What is no id is the id of no upload."""
    try:
        return UUID(upload_id)
    except ValueError:
        raise UploadNotFound("There is no such upload: its id is not one of ours.") from None


UploadIdDep = Annotated[UUID, Depends(get_upload_id)]


@router.post(
    "/uploads",
    operation_id="beginUpload",
    summary="Begin an upload straight to the store",
    status_code=201,
    response_model=Upload,
    response_description="Where to send the file.",
    responses=problems(
        FileTooLarge, UnsupportedMedia, InvalidRequest, InvalidCaptions, DatabaseUnavailable, StorageUnavailable
    ),
)
def begin(
    *,
    response: Response,
    parts: PartsDep,
    principal: PrincipalDep,
    body: NewUpload,
) -> dict[str, Any]:
    """PUT the file to `put.url` with `put.headers`; above 100 MB PUT each of `parts` (in any order, also at once, and
    again after a failure). Size, type and SHA-256 are bound into the links: the store refuses anything else. Then POST
    to `complete_url`, and start a job with `POST /jobs`."""
    captions = body.captions.encode() if body.captions is not None else None
    new = direct_uploads.NewUpload(body.filename, body.size_bytes, body.sha256, body.content_type, captions)
    with parts.sessions.begin() as session:
        upload = begin_upload(
            session,
            new,
            owner=principal.owner,
            max_bytes=parts.settings.max_upload_bytes,
            expiry_s=parts.settings.upload_expiry_s,
        )
        record(session, principal, "upload.begin", str(upload.id), size_bytes=upload.size_bytes)
    if captions is not None:
        store_captions(parts.store, upload, captions)
    response.headers.update(PRIVATE | {"Location": upload_path(parts, upload)})
    return upload_document(parts, upload)


@router.get(
    "/uploads/{upload_id}",
    operation_id="getUpload",
    summary="An upload, with fresh links for what is to be sent",
    response_model=Upload,
    responses=problems(UploadNotFound, DatabaseUnavailable, StorageUnavailable),
)
def read(response: Response, parts: PartsDep, principal: PrincipalDep, upload_id: UploadIdDep) -> dict[str, Any]:
    """Parts that have arrived have an `etag`: a broken upload goes on with the others."""
    with parts.sessions.begin() as session:
        upload = find_upload(session, upload_id, owner=principal.owner)
    response.headers.update(PRIVATE)
    return upload_document(parts, upload)


@router.post(
    "/uploads/{upload_id}/complete",
    operation_id="completeUpload",
    summary="Say that everything is sent",
    response_model=Upload,
    response_description="The recording is verified and here.",
    responses=problems(
        UploadNotFound,
        FileTooLarge,
        UnsupportedMedia,
        UploadIncomplete,
        ChecksumMismatch,
        InvalidRequest,
        DatabaseUnavailable,
        StorageUnavailable,
    ),
)
def complete(
    parts: PartsDep, principal: PrincipalDep, upload_id: UploadIdDep, body: UploadCompletion | None = None
) -> dict[str, Any]:
    """Size, SHA-256 and the first bytes are verified; a multipart upload is read once for that, which takes seconds for
    each gigabyte. What is missing can be sent and completed again (`upload_incomplete`); what is wrong is removed
    (`checksum_mismatch`, `unsupported_media`). Completing twice changes nothing."""
    sent = {part.number: part.etag for part in body.parts} if body is not None and body.parts is not None else None
    upload = complete_upload(
        parts.sessions,
        parts.store,
        upload_id,
        principal,
        expiry_s=parts.settings.upload_expiry_s,
        sent=sent,
    )
    return upload_document(parts, upload)


@router.delete(
    "/uploads/{upload_id}",
    operation_id="deleteUpload",
    summary="Drop an upload",
    status_code=204,
    response_class=Response,
    response_description="The upload is gone.",
    responses=problems(UploadNotFound, UploadInUse, DatabaseUnavailable),
)
def remove(parts: PartsDep, principal: PrincipalDep, upload_id: UploadIdDep) -> Response:
    """Pending or complete. One that a job uses goes with its job."""
    discard_upload(parts.sessions, parts.store, upload_id, principal)
    return Response(status_code=204)
