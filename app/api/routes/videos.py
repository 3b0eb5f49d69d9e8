"""Links to what lies in the store."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.api.auth import PrincipalDep
from app.api.deps import PartsDep
from app.api.errors import problems
from app.api.schemas.upload import PresignedUrl
from app.api.upload_answers import PRIVATE, absolute
from app.core.errors import ArtifactNotFound, DatabaseUnavailable, FieldProblem, InvalidRequest, StorageUnavailable
from app.services.owned_objects import owned_object

router = APIRouter(tags=["results"])


@router.get(
    "/videos/presigned-url",
    operation_id="getPresignedUrl",
    summary="A time-limited link to a file in the store",
    response_model=PresignedUrl,
    responses=problems(ArtifactNotFound, InvalidRequest, DatabaseUnavailable, StorageUnavailable),
)
def presign(
    *,
    response: Response,
    parts: PartsDep,
    principal: PrincipalDep,
    key: Annotated[
        str,
        Query(
            max_length=512,
            description="Of an upload, or of a file that a job made.",
            examples=["uploads/0197f0c2/source.mp4"],
        ),
    ],
    expires_in_s: Annotated[
        int | None,
        Query(ge=60, le=604800, description="Seconds; LECTERN_URL_EXPIRY_S is the most and the default."),
    ] = None,
) -> PresignedUrl:
    """The link works without headers, as `<video>` needs, and for whoever has it."""
    most_s = parts.settings.url_expiry_s
    seconds = most_s if expires_in_s is None else expires_in_s
    if seconds > most_s:
        raise InvalidRequest(
            "The link would be good for too long.",
            errors=(FieldProblem("query.expires_in_s", f"is over the limit of {most_s} s"),),
        )
    with parts.sessions.begin() as session:
        found = owned_object(session, key, owner=principal.owner)
    if parts.store.info(found.key) is None:
        raise ArtifactNotFound("The file is no longer kept.")
    expires_at = datetime.now(UTC) + timedelta(seconds=seconds)
    url = parts.store.url(found.key, filename=found.filename, content_type=found.content_type, expires_in_s=seconds)
    response.headers.update(PRIVATE)
    return PresignedUrl(url=absolute(parts, url), expires_at=expires_at)
