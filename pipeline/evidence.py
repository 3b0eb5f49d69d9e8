"""What earlier steps found out, read back from the database as the agents' types."""

from uuid import UUID

from sqlalchemy import cast, func, select
from sqlalchemy.dialects.postgresql import JSONB, JSONPATH
from sqlalchemy.orm import Session

from agents.codec import from_data
from agents.types import (
    Analysis,
    EditPlan,
    LayoutTimeline,
    Loudness,
    MediaInfo,
    Segment,
    Sentence,
    TimeRange,
    Topic,
    Transcript,
)
from app.models import ContentSegment, JobStep, LayoutAnalysis, LoudnessContour, SilenceRegion
from app.models import Transcript as TranscriptRow


def step_result(session: Session, job_id: UUID, stage: str) -> dict[str, object] | None:
    """The result document of a finished step."""
    return session.scalar(select(JobStep.result).where(JobStep.job_id == job_id, JobStep.name == stage))


def media_info(session: Session, job_id: UUID) -> MediaInfo:
    """What the probe saw; the first step of every job that has media writes it."""
    return from_data(MediaInfo, step_result(session, job_id, "uploading"))


def transcript(session: Session, job_id: UUID) -> Transcript | None:
    row = session.get(TranscriptRow, job_id)
    if row is None:
        return None
    segments = from_data(tuple[Segment, ...], row.segments)
    return from_data(
        Transcript,
        {"language": row.language, "backend": row.backend, "quality": row.quality, "segments": segments},
    )


def segments_between(session: Session, job_id: UUID, start_s: float, end_s: float) -> tuple[Segment, ...]:
    """The transcript's segments in a part of the recording: the whole of it stays in the database."""
    within = func.jsonb_path_query_array(
        TranscriptRow.segments,
        cast("$[*] ? (@.end_s > $start_s && @.start_s < $end_s)", JSONPATH),
        cast({"start_s": start_s, "end_s": end_s}, JSONB),
    )
    found = session.scalar(select(within).where(TranscriptRow.job_id == job_id))
    return from_data(tuple[Segment, ...], found or ())


def silences(session: Session, job_id: UUID) -> tuple[TimeRange, ...]:
    rows = session.scalars(select(SilenceRegion).where(SilenceRegion.job_id == job_id).order_by(SilenceRegion.start_s))
    return tuple(TimeRange(row.start_s, row.end_s) for row in rows)


def loudness(session: Session, job_id: UUID) -> Loudness | None:
    """None where the silence step failed or was skipped, or is of the time before levels were kept."""
    row = session.get(LoudnessContour, job_id)
    return Loudness(row.step_s, tuple(row.levels_dbfs)) if row is not None else None


def layout(session: Session, job_id: UUID) -> LayoutTimeline | None:
    row = session.get(LayoutAnalysis, job_id)
    if row is None:
        return None
    return from_data(
        LayoutTimeline,
        {
            "duration_s": media_info(session, job_id).duration_s,
            "size": (row.width, row.height),
            "spans": row.spans,
            "slide_changes": row.slide_changes,
        },
    )


def analysis(session: Session, job_id: UUID) -> Analysis | None:
    known = step_result(session, job_id, "content_analysis")
    if known is None:
        return None
    rows = session.scalars(
        select(ContentSegment)
        .where(ContentSegment.job_id == job_id)
        .order_by(ContentSegment.start_s, ContentSegment.id)
    ).all()
    topics = [
        {"start_s": r.start_s, "end_s": r.end_s, "title": r.title, "importance": r.importance, **r.detail}
        for r in rows
        if r.kind == "topic"
    ]
    sentences = [
        {"start_s": r.start_s, "end_s": r.end_s, "text": r.title, "importance": r.importance, **r.detail}
        for r in rows
        if r.kind == "sentence"
    ]
    return Analysis(
        summary=str(known["summary"]),
        topics=from_data(tuple[Topic, ...], topics),
        sentences=from_data(tuple[Sentence, ...], sentences),
        backend=str(known["backend"]),
    )


def edit_plan(session: Session, job_id: UUID) -> EditPlan:
    """The plan that was made, or in a job that renders an edited one, the one that was sent."""
    found = step_result(session, job_id, "plan_check") or step_result(session, job_id, "segment_extraction")
    return from_data(EditPlan, found)
