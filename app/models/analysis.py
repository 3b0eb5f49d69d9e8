"""What was found out about a recording: its words, silences, layouts, topics and sentences."""

from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class Transcript(Base):
    """One a job. ``segments`` is ``[{start_s, end_s, text, speaker, words}]``; formats are artifacts."""

    __tablename__ = "transcripts"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str]
    backend: Mapped[str]
    quality: Mapped[str]
    segments: Mapped[list[Any]]


class SilenceRegion(Base):
    """A stretch of a job's recording in which nobody speaks, in seconds of the source."""

    __tablename__ = "silence_regions"
    __table_args__ = (
        CheckConstraint("end_s > start_s", name="order"),
        Index("ix_silence_regions_job_id_start_s", "job_id", "start_s"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    start_s: Mapped[float]
    end_s: Mapped[float]


class LayoutAnalysis(Base):
    """One a job: what the frame shows when, with rectangles in displayed source pixels."""

    __tablename__ = "layout_analyses"

    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    width: Mapped[int]
    height: Mapped[int]
    spans: Mapped[list[Any]]
    slide_changes: Mapped[list[Any]]


class ContentSegment(Base):
    """A ``topic`` (with its subtopics in ``detail``) or a ``sentence``, in order of time."""

    __tablename__ = "content_segments"
    __table_args__ = (
        CheckConstraint("kind IN ('topic', 'sentence')", name="kind"),
        Index("ix_content_segments_job_id_kind_start_s", "job_id", "kind", "start_s"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    kind: Mapped[str]
    start_s: Mapped[float]
    end_s: Mapped[float]
    title: Mapped[str]
    importance: Mapped[float]
    detail: Mapped[dict[str, Any]]
