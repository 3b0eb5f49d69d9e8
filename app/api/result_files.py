"""Files of a job as answers of routes: how they are documented, and how they are given."""

from typing import Annotated, Any

from fastapi import Header
from starlette.responses import Response

from app.api.deps import Parts
from app.api.downloads import artifact_answer
from app.core.errors import ArtifactNotFound, DatabaseUnavailable, JobNotFound, ResultNotReady, StorageUnavailable
from app.models import Artifact, Job
from app.services.results import friendly_name

FILE_PROBLEMS = (JobNotFound, ArtifactNotFound, ResultNotReady, DatabaseUnavailable, StorageUnavailable)
IfNoneMatch = Annotated[str | None, Header(description="The ETag of a copy you have.")]


def documented_files(*content_types: str, ranges: bool = False) -> dict[int | str, dict[str, Any]]:
    """The answers of a route that gives a file."""
    documented: dict[int | str, dict[str, Any]] = {
        200: {"description": "The file.", "content": {each: {"schema": _schema(each)} for each in content_types}},
        304: {"description": "Your copy is current."},
        307: {"description": "Where the object store has the file."},
    }
    if ranges:
        documented[206] = {"description": "The part that Range asks for."}
    return documented


def _schema(content_type: str) -> dict[str, str]:
    is_json = content_type == "application/json" or content_type.endswith("+json")
    return {"type": "object"} if is_json else {"type": "string", "format": "binary"}


def file_of(parts: Parts, found: tuple[Job, Artifact], if_none_match: str | None, *, vary: bool = False) -> Response:
    """The file under a friendly name; ``vary`` where Accept has chosen it."""
    job, artifact = found
    answer = artifact_answer(
        parts.store,
        artifact,
        filename=friendly_name(job, artifact),
        expires_in_s=parts.settings.url_expiry_s,
        if_none_match=if_none_match,
    )
    if vary:
        answer.headers["Vary"] = "Accept"
    return answer
