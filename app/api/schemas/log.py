"""The history of a job."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, Field


class LogEntry(BaseModel):
    """Something that happened. ``event`` is stable, ``message`` is for people."""

    id: Annotated[int, Field(description="Grows with time.")]
    created_at: datetime
    level: Annotated[str, Field(examples=["info"])]
    event: Annotated[str, Field(examples=["step_completed"])]
    step: Annotated[str | None, Field(examples=["transcription"])]
    message: Annotated[str, Field(examples=["transcription is done."])]
    data: dict[str, Any]


class LogPage(BaseModel):
    """Oldest first. ``next`` is also the Link header with rel=next."""

    items: list[LogEntry]
    next: Annotated[str | None, Field(description="The next page; null on the last.")]
