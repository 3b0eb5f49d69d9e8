"""Files of a job as answers of routes: how they are documented, and how they are given."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header
from starlette.responses import Response

from app.api.auth import PrincipalDep
from app.api.deps import JobIdDep, PartsDep, SessionDep
from app.api.downloads import artifact_answer
from app.core.errors import ArtifactNotFound, DatabaseUnavailable, JobNotFound, ResultNotReady, StorageUnavailable
from app.services.artifacts import find_artifact
from app.services.results import friendly_name

FILE_PROBLEMS = (JobNotFound, ArtifactNotFound, ResultNotReady, DatabaseUnavailable, StorageUnavailable)


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


@dataclass(frozen=True)
class ResultFiles:
    """The files of the job in the path, for who asks: the dependency of a route that gives one."""

    parts: PartsDep
    session: SessionDep
    principal: PrincipalDep
    job_id: JobIdDep
    if_none_match: Annotated[str | None, Header(description="The ETag of a copy you have.")] = None

    def answer(self, *names: str, vary: bool = False) -> Response:
        """The first of these artifacts that there is, under a friendly name; ``vary`` where Accept has chosen it."""
        job, artifact = find_artifact(self.session, self.job_id, *names, owner=self.principal.owner)
        answer = artifact_answer(
            self.parts.store,
            artifact,
            filename=friendly_name(job, artifact),
            expires_in_s=self.parts.settings.url_expiry_s,
            if_none_match=self.if_none_match,
        )
        if vary:
            answer.headers["Vary"] = "Accept"
        return answer


ResultFilesDep = Annotated[ResultFiles, Depends()]
