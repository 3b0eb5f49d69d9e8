"""Signed links of the local object store: they work without headers, as ``<video>`` needs, and take uploads."""

from typing import Annotated

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app.api.bodies import blocks_of, content_length
from app.api.deps import Parts, PartsDep
from app.api.downloads import file_answer
from app.api.errors import RangeNotSatisfiable, RequestTimeout, problems
from app.core.errors import ArtifactNotFound, DatabaseUnavailable, FileTooLarge, LinkExpired, StorageUnavailable
from app.core.security import verify_link
from app.services.direct_uploads import UploadFinished, require_receivable
from app.services.multipart import UnsupportedContentType
from app.services.received_object import ChecksumMismatch, ReceivedObject, UploadIncomplete
from app.services.sources import UploadNotFound
from app.services.storage.local import LocalStore
from app.services.storage.local_uploads import PutGrant

router = APIRouter(tags=["results"])


@router.get(
    "/media/{key:path}",
    operation_id="getMedia",
    summary="A file by its signed link",
    response_class=Response,
    responses={
        206: {"description": "The part that Range asks for."},
        **problems(LinkExpired, ArtifactNotFound, RangeNotSatisfiable),
    },
)
@router.head("/media/{key:path}", include_in_schema=False)
def read_media(
    *,
    parts: PartsDep,
    key: str,
    expires: Annotated[str, Query(description="Unix time at which the link ends.")] = "",
    signature: str = "",
    filename: str = "",
    type_: Annotated[str, Query(alias="type", description="Content type of the answer.")] = "",
    inline: Annotated[str, Query(description="1 to show, 0 to download.")] = "",
) -> Response:
    """Such links come from a result; everything in them is signed. Range and If-Range are understood."""
    signed = LocalStore.signed_text(key, filename, type_, inline == "1")
    verify_link(parts.secret, signed, expires, signature)
    path = parts.store.local_path(key)
    if path is None:
        raise ArtifactNotFound("The file is no longer kept.")
    return file_answer(path, filename=filename, content_type=type_, inline=inline == "1")


@router.put(
    "/media/{key:path}",
    operation_id="putMedia",
    summary="Send a file, or a part of one, to its signed link",
    tags=["uploads"],
    response_class=Response,
    response_description="It has arrived; ETag names it.",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
    responses=problems(
        LinkExpired,
        UploadNotFound,
        RequestTimeout,
        UploadFinished,
        FileTooLarge,
        UnsupportedContentType,
        UploadIncomplete,
        ChecksumMismatch,
        DatabaseUnavailable,
        StorageUnavailable,
    ),
)
async def write_media(
    *,
    request: Request,
    parts: PartsDep,
    key: str,
    expires: Annotated[str, Query(description="Unix time at which the link ends.")] = "",
    signature: str = "",
    size: Annotated[str, Query(description="Bytes that must arrive.")] = "",
    type_: Annotated[str, Query(alias="type", description="Content-Type that it must have.")] = "",
    sha256: Annotated[str, Query(description="SHA-256 that it must have, in hex.")] = "",
    upload: Annotated[str, Query(description="The multipart upload that it is a part of.")] = "",
    part: Annotated[str, Query(description="The number of the part.")] = "",
) -> Response:
    """Such links come from an upload; everything in them is signed. Only exactly what they were made for is taken."""
    grant = PutGrant(key, size, type_, sha256, upload, part)
    verify_link(parts.secret, grant.signed_text(), expires, signature)
    if type_ and request.headers.get("content-type", "").lower() != type_.lower():
        raise UnsupportedContentType(f"The link was made for the Content-Type {type_}.")
    store = parts.store
    if not isinstance(store, LocalStore):
        raise UploadNotFound("Uploads go to another store now. Begin a new one.")
    await run_sync(_require_receivable, parts, key)
    body = ReceivedObject(await run_sync(store.incoming_dir), size_bytes=int(size), sha256=sha256)
    try:
        body.announce(content_length(request))
        async for block in blocks_of(request):
            if body.take(block):
                await run_sync(body.write)
        etag = await run_sync(_keep, store, grant, body)
    finally:
        await run_sync(body.discard)
    return Response(headers={"ETag": f'"{etag}"'})


def _require_receivable(parts: Parts, key: str) -> None:
    with parts.sessions() as session:
        require_receivable(session, key)


def _keep(store: LocalStore, grant: PutGrant, body: ReceivedObject) -> str:
    """Put the whole body where it belongs. Returns its ETag."""
    sha256 = body.end()
    if not grant.part:
        store.put_file(grant.key, body.path, grant.type)
        return sha256
    try:
        return store.put_part(grant.key, grant.upload, int(grant.part), body.path)
    except ArtifactNotFound:
        raise UploadFinished("The parts of this upload are joined already, or it was dropped.") from None
