"""What an editor takes home: timelines for other programs, chapters, the timeline as a picture, and the reel."""

from fastapi import APIRouter
from starlette.responses import Response

from app.api.errors import RangeNotSatisfiable, problems
from app.api.result_files import FILE_PROBLEMS, ResultFilesDep, documented_files

router = APIRouter(prefix="/results/{job_id}", tags=["results"])


@router.get(
    "/timeline.otio",
    operation_id="getTimelineOtio",
    summary="The edit as OpenTimelineIO",
    response_class=Response,
    responses={**documented_files("application/vnd.pixar.opentimelineio+json"), **problems(*FILE_PROBLEMS)},
)
def read_otio(files: ResultFilesDep) -> Response:
    """All clips in one timeline, cut from the recording by its file name; topics and reasons are markers."""
    return files.answer("timeline.otio")


@router.get(
    "/timeline.edl",
    operation_id="getTimelineEdl",
    summary="The edit as a CMX3600 EDL",
    response_class=Response,
    responses={**documented_files("text/plain"), **problems(*FILE_PROBLEMS)},
)
def read_edl(files: ResultFilesDep) -> Response:
    """One event for each range that a clip keeps."""
    return files.answer("timeline.edl")


@router.get(
    "/timeline.svg",
    operation_id="getTimelinePicture",
    summary="Clips, topics, sound and layouts over time, as a picture",
    response_class=Response,
    responses={**documented_files("image/svg+xml"), **problems(*FILE_PROBLEMS)},
)
def read_picture(files: ResultFilesDep) -> Response:
    """It has no scripts, needs nothing from elsewhere, and follows the reader's choice of light or dark."""
    return files.answer("timeline.svg")


@router.get(
    "/chapters.vtt",
    operation_id="getChapters",
    summary="Chapters of the whole recording, as WebVTT",
    response_class=Response,
    responses={**documented_files("text/vtt"), **problems(*FILE_PROBLEMS)},
)
def read_chapters(files: ResultFilesDep) -> Response:
    """For `<track kind="chapters">`: one a topic, from the beginning to the end without a hole."""
    return files.answer("chapters.vtt")


@router.get(
    "/chapters.txt",
    operation_id="getYouTubeChapters",
    summary="Chapters of the whole recording, for a video's description",
    response_class=Response,
    responses={**documented_files("text/plain"), **problems(*FILE_PROBLEMS)},
)
def read_description(files: ResultFilesDep) -> Response:
    """As YouTube takes them: three or more of at least ten seconds. Where there can be none, the text says why."""
    return files.answer("chapters.txt")


@router.get(
    "/reel",
    operation_id="getReel",
    summary="All clips in one file, each after its title card",
    response_class=Response,
    responses={
        **documented_files("video/mp4", "audio/mp4", ranges=True),
        **problems(*FILE_PROBLEMS, RangeNotSatisfiable),
    },
)
@router.head("/reel", include_in_schema=False)
def read_reel(files: ResultFilesDep) -> Response:
    """Range and If-Range are understood. There is none without clips, or with the option `reel` false."""
    return files.answer("reel")
