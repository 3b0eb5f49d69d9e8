"""Results: the whole document, the transcript in four formats, the edit plan, and the clips."""

from typing import Annotated, Literal

from fastapi import APIRouter, Header, Path
from starlette.responses import JSONResponse, Response

from app.api.auth import PrincipalDep
from app.api.deps import JobIdDep, PartsDep, SessionDep
from app.api.errors import NotAcceptable, RangeNotSatisfiable, problems
from app.api.negotiation import choose
from app.api.result_files import FILE_PROBLEMS, ResultFilesDep, documented_files
from app.api.schemas.result import Result
from app.core.errors import DatabaseUnavailable, JobNotFound, ResultNotReady
from app.models import Artifact
from app.services.artifacts import require_finished
from app.services.jobs import get_job
from app.services.results import result_document

TRANSCRIPT_TYPES = {
    "application/json": "json",
    "application/x-subrip": "srt",
    "text/vtt": "vtt",
    "text/plain": "txt",
}
CAPTION_TYPES = {"text/vtt": "vtt", "application/x-subrip": "srt"}
Accept = Annotated[str | None, Header(include_in_schema=False)]
"""OpenAPI tells it by the content types of the answer, and ignores a parameter of this name."""
ClipNumber = Annotated[int, Path(ge=1, le=1000, description="The clip's rank.")]


router = APIRouter(prefix="/results/{job_id}", tags=["results"])


@router.get(
    "",
    operation_id="getResult",
    summary="Everything a finished job found out and made",
    response_model=Result,
    responses=problems(JobNotFound, ResultNotReady, DatabaseUnavailable),
)
def read_result(parts: PartsDep, session: SessionDep, principal: PrincipalDep, job_id: JobIdDep) -> JSONResponse:
    """Also of a job that failed or was cancelled: whatever exists. The links to files are signed and end after a
    while; ask again for fresh ones."""
    job = get_job(session, job_id, owner=principal.owner)
    require_finished(job)

    def url_of(artifact: Artifact, filename: str) -> str:
        url = parts.store.url(
            artifact.object_key,
            filename=filename,
            content_type=artifact.content_type,
            expires_in_s=parts.settings.url_expiry_s,
        )
        return f"{parts.base_url}{url}" if url.startswith("/") else url

    # Built from our own rows and long (every word of hours): the model documents it and tests hold it to that.
    document = result_document(session, job, url_of, base_url=parts.base_url)
    return JSONResponse(document, headers={"Cache-Control": "no-store"})


@router.get(
    "/transcript",
    operation_id="getTranscript",
    summary="The transcript, in the format that Accept names",
    response_class=Response,
    responses={**documented_files(*TRANSCRIPT_TYPES), **problems(*FILE_PROBLEMS, NotAcceptable)},
)
def read_transcript(
    files: ResultFilesDep,
    accept: Accept = None,
) -> Response:
    """JSON unless Accept asks for SRT, WebVTT or plain text."""
    form = TRANSCRIPT_TYPES[choose(accept, tuple(TRANSCRIPT_TYPES))]
    return files.answer(f"transcript.{form}", vary=True)


@router.get(
    "/transcript.{form}",
    operation_id="getTranscriptFile",
    summary="The transcript as a file",
    response_class=Response,
    responses={**documented_files(*TRANSCRIPT_TYPES), **problems(*FILE_PROBLEMS)},
)
def read_transcript_file(
    files: ResultFilesDep,
    form: Literal["json", "srt", "vtt", "txt"],
) -> Response:
    return files.answer(f"transcript.{form}")


@router.get(
    "/plan.json",
    operation_id="getPlan",
    summary="The edit plan",
    response_class=Response,
    responses={**documented_files("application/json"), **problems(*FILE_PROBLEMS)},
)
def read_plan(files: ResultFilesDep) -> Response:
    """What is cut and why, as data: the clips, what was rejected, and the settings."""
    return files.answer("plan.json")


@router.get(
    "/clips/{n}/video",
    operation_id="getClipVideo",
    summary="A clip; audio where the recording has no picture",
    response_class=Response,
    responses={
        **documented_files("video/mp4", "audio/mp4", ranges=True),
        **problems(*FILE_PROBLEMS, RangeNotSatisfiable),
    },
)
@router.head("/clips/{n}/video", include_in_schema=False)
def read_clip_video(
    files: ResultFilesDep,
    n: ClipNumber,
) -> Response:
    """Range and If-Range are understood."""
    return files.answer(f"clips/{n}/video", f"clips/{n}/audio")


@router.get(
    "/clips/{n}/thumbnail",
    operation_id="getClipThumbnail",
    summary="A clip's picture",
    response_class=Response,
    responses={**documented_files("image/jpeg"), **problems(*FILE_PROBLEMS)},
)
@router.head("/clips/{n}/thumbnail", include_in_schema=False)
def read_clip_thumbnail(
    files: ResultFilesDep,
    n: ClipNumber,
) -> Response:
    return files.answer(f"clips/{n}/thumbnail")


@router.get(
    "/clips/{n}/captions",
    operation_id="getClipCaptions",
    summary="A clip's captions",
    response_class=Response,
    responses={**documented_files(*CAPTION_TYPES), **problems(*FILE_PROBLEMS, NotAcceptable)},
)
def read_clip_captions(
    files: ResultFilesDep,
    n: ClipNumber,
    accept: Accept = None,
) -> Response:
    """WebVTT unless Accept asks for SRT."""
    form = CAPTION_TYPES[choose(accept, tuple(CAPTION_TYPES))]
    return files.answer(f"clips/{n}/captions.{form}", vary=True)
