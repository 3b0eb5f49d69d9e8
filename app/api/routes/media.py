"""Signed links of the local object store: they work without headers, as ``<video>`` needs."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.api.deps import PartsDep
from app.api.downloads import file_answer
from app.api.errors import RangeNotSatisfiable, problems
from app.core.errors import ArtifactNotFound, LinkExpired
from app.core.security import verify_link
from app.services.storage.local import LocalStore

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
