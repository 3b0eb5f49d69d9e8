"""A job as it is polled."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field

from app.models.job import JobStatus, StepStatus

Fraction = Annotated[float, Field(ge=0, le=1, description="From 0 to 1.")]


class Notice(BaseModel):
    """Something to know that did not stop the work."""

    code: Annotated[str, Field(examples=["transcriber_fallback"])]
    detail: str


class Failure(BaseModel):
    """Why a job or a step ended."""

    code: Annotated[str, Field(examples=["unsupported_media"])]
    message: str


class StepPart(BaseModel):
    """One of several runs of a stage, such as one clip's rendering."""

    name: Annotated[str, Field(examples=["video_compilation/2"])]
    status: StepStatus
    progress: Fraction


class Step(BaseModel):
    """A stage of the recipe."""

    name: Annotated[str, Field(examples=["transcription"])]
    label: Annotated[str, Field(examples=["Transcribing"])]
    status: StepStatus
    progress: Fraction
    message: Annotated[str | None, Field(description="What is being done now, for people.")]
    attempt: Annotated[int, Field(description="0 until it has begun.")]
    started_at: datetime | None
    finished_at: datetime | None
    duration_s: float | None
    error: Failure | None
    parts: Annotated[list[StepPart] | None, Field(description="Where the stage runs more than once.")] = None


class Source(BaseModel):
    """What was sent. ``duration_s`` and ``size`` are known once the file has been checked."""

    filename: Annotated[str, Field(examples=["lecture.mp4"])]
    size_bytes: Annotated[int | None, Field(description="Null until a URL is fetched.", examples=[412345678])]
    duration_s: Annotated[float | None, Field(examples=[3124.5])] = None
    size: Annotated[list[int] | None, Field(description="[width, height] as displayed.", examples=[[1280, 720]])] = None
    url: Annotated[str | None, Field(description="Of a URL source, without its query.")] = None


class JobUrls(BaseModel):
    self: str
    cancel: Annotated[str, Field(description="POST here to stop the work.")]
    retry: Annotated[str, Field(description="POST here to continue a failed or cancelled job where it stopped.")]
    events: Annotated[str, Field(description="What happens, as server-sent events.")]
    logs: Annotated[str, Field(description="What has happened.")]
    result: Annotated[str, Field(description="Answers 409 until the job is finished.")]


class Job(BaseModel):
    """``progress`` is weighted by the stages' usual share of the time; ``stage`` is the earliest unfinished one."""

    id: str
    kind: Annotated[str, Field(examples=["highlights"])]
    status: JobStatus
    stage: Annotated[str | None, Field(description="Null when the job is finished.", examples=["content_analysis"])]
    progress: Fraction
    eta_s: Annotated[int | None, Field(description="Seconds left as of updated_at; null while unknown.", examples=[41])]
    revision: Annotated[int, Field(description="Grows with every change; it is the ETag.")]
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: Annotated[datetime | None, Field(description="When media and results are removed.")]
    source: Source
    options: dict[str, Any]
    steps: list[Step]
    warnings: list[Notice]
    error: Failure | None
    urls: JobUrls


class JobList(BaseModel):
    """Newest first. ``next`` is also the Link header with rel=next."""

    items: list[Job]
    next: Annotated[str | None, Field(description="The next page; null on the last.")]
