"""An edit plan as people send it back: the document of ``plan.json``, bounded. Times are seconds of the source."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.json_types import A_NUMBER, Boolean
from app.services.options import NO_NUL

MAX_CLIPS = 20
MAX_PIXELS = 32_768
Seconds = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False), A_NUMBER]
Number = Annotated[float, Field(allow_inf_nan=False), A_NUMBER]
Short = Annotated[str, Field(max_length=500, pattern=NO_NUL)]
Long = Annotated[str, Field(max_length=5000, pattern=NO_NUL)]
Pixels = Annotated[int, Field(ge=0, le=MAX_PIXELS), A_NUMBER]
Rectangle = Annotated[
    tuple[Pixels, Pixels, Pixels, Pixels] | None, Field(description="[x, y, width, height] in displayed source pixels.")
]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PlanRange(_Part):
    start_s: Seconds
    end_s: Seconds


class PlanLayout(PlanRange):
    """How a stretch of the source looks, and how the clip shows it."""

    layout: Literal["slides", "speaker", "picture_in_picture", "side_by_side", "board", "other"]
    arrangement: Literal["full", "split", "stack"]
    screen: Rectangle = None
    camera: Rectangle = None


class PlanClip(PlanRange):
    """``keep`` are the ranges that stay, in order and inside the clip."""

    rank: Annotated[int, Field(ge=1, le=MAX_CLIPS, description="Its number: 1 to the number of clips."), A_NUMBER]
    title: Annotated[str, Field(min_length=1, max_length=500, pattern=NO_NUL)]
    summary: Long = ""
    keep: Annotated[
        tuple[PlanRange, ...] | None, Field(min_length=1, max_length=500, description="The whole clip if absent.")
    ] = None
    score: Number = 0.0
    score_parts: Annotated[
        dict[Short, Number], Field(max_length=50, json_schema_extra={"additionalProperties": False})
    ] = {}
    reasons: Annotated[tuple[Long, ...], Field(max_length=50)] = ()
    layout: Annotated[
        tuple[PlanLayout, ...] | None,
        Field(max_length=500, description="Decided anew from the recording and the settings if absent."),
    ] = None
    evidence: Annotated[
        dict[str, Any] | None,
        Field(
            exclude=True, description="What the clip was first chosen and cut on. Not read when a plan is sent back."
        ),
    ] = None


class PlanRejected(PlanRange):
    reason: Long
    score: Number | None = None
    text: Long = ""


class PlanNotice(_Part):
    code: Short
    detail: Long


class PlanSettings(_Part):
    """``aspect`` shapes the clips; ``layout`` arranges those that come without a layout of their own."""

    max_clips: Annotated[int, Field(ge=1, le=MAX_CLIPS), A_NUMBER] = 6
    min_clip_s: Annotated[float, Field(ge=0, le=600), A_NUMBER] = 20.0
    max_clip_s: Annotated[float, Field(ge=0, le=600), A_NUMBER] = 120.0
    aspect: Literal["source", "16:9", "9:16", "1:1"] = "source"
    layout: Literal["auto", "full", "split", "stack"] = "auto"
    remove_silence: Boolean = True
    focus: Short | None = None


class EditPlan(_Part):
    """The plan of a job as ``GET /results/{job_id}/plan.json`` gives it, edited. ``source`` is for people only."""

    source: Short = ""
    clips: Annotated[tuple[PlanClip, ...], Field(min_length=1, max_length=MAX_CLIPS)]
    rejected: Annotated[tuple[PlanRejected, ...], Field(max_length=10_000)] = ()
    settings: PlanSettings = PlanSettings()
    warnings: Annotated[tuple[PlanNotice, ...], Field(max_length=100)] = ()
