"""Files of the object store as answers: from the folder with ranges, from S3 by a redirect."""

from pathlib import Path

from fastapi.responses import FileResponse, RedirectResponse
from starlette.responses import MalformedRangeHeader, Response
from starlette.responses import RangeNotSatisfiable as OutOfRange

from app.api.errors import RangeNotSatisfiable
from app.api.negotiation import matches
from app.core.errors import ArtifactNotFound
from app.models import Artifact
from app.services.storage.protocol import ObjectStore

CACHE = "private, max-age=3600"
SVG = "image/svg+xml"
PICTURE_ALONE = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""An SVG is a document: opened by itself it may show, and neither run nor fetch anything."""


class MediaFile(FileResponse):
    """A file with ranges. A Range header that makes no sense is ignored, as RFC 9110 §14.2 has it."""

    @classmethod
    def _parse_range_header(cls, http_range: str, file_size: int) -> list[tuple[int, int]]:
        try:
            return super()._parse_range_header(http_range, file_size)
        except MalformedRangeHeader:
            return []
        except OutOfRange as error:
            raise RangeNotSatisfiable(
                f"The file has {file_size} bytes.", headers={"Content-Range": f"bytes */{file_size}"}
            ) from error


def file_answer(
    path: Path, *, filename: str, content_type: str, inline: bool = True, etag: str | None = None
) -> Response:
    """``path`` as it is, with a friendly name."""
    headers = {"Cache-Control": CACHE, "X-Content-Type-Options": "nosniff"}
    if etag is not None:
        headers["ETag"] = etag
    if content_type == SVG:
        headers["Content-Security-Policy"] = PICTURE_ALONE
    return MediaFile(
        path,
        headers=headers,
        media_type=content_type,
        filename=filename,
        stat_result=path.stat(),
        content_disposition_type="inline" if inline else "attachment",
    )


def artifact_answer(
    store: ObjectStore, artifact: Artifact, *, filename: str, expires_in_s: int, if_none_match: str | None
) -> Response:
    """An artifact's bytes, or where S3 has them. Raises ArtifactNotFound once it has expired."""
    etag = f'"{artifact.sha256}"'
    path = store.local_path(artifact.object_key)
    if path is not None:
        if matches(if_none_match, etag):
            return Response(status_code=304, headers={"ETag": etag, "Cache-Control": CACHE})
        return file_answer(path, filename=filename, content_type=artifact.content_type, etag=etag)
    if store.info(artifact.object_key) is None:
        raise ArtifactNotFound("The file is no longer kept.")
    url = store.url(
        artifact.object_key, filename=filename, content_type=artifact.content_type, expires_in_s=expires_in_s
    )
    return RedirectResponse(url, status_code=307, headers={"Cache-Control": "no-store"})
