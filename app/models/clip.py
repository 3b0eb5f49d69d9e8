"""What a job made: the clips of its edit plan, and every file, with where it lies."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, func
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from app.core.database import Base


class Clip(Base):
    """One planned highlight. ``duration_s`` is that of the written file, None until it is rendered."""

    __tablename__ = "clips"
    __table_args__ = (
        CheckConstraint("end_s > start_s", name="order"),
        Index("uq_clips_job_id_rank", "job_id", "rank", unique=True),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    rank: Mapped[int]
    title: Mapped[str]
    summary: Mapped[str]
    start_s: Mapped[float]
    end_s: Mapped[float]
    keep: Mapped[list[Any]]
    score: Mapped[float]
    score_parts: Mapped[dict[str, Any]]
    reasons: Mapped[list[Any]]
    layout: Mapped[list[Any]]
    duration_s: Mapped[float | None]
    width: Mapped[int | None]
    height: Mapped[int | None]


class Artifact(Base):
    """A file in the object store that belongs to a job. ``name`` is what clients know it by (``clips/1/video``)."""

    __tablename__ = "artifacts"
    __table_args__ = (Index("uq_artifacts_job_id_name", "job_id", "name", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    step: Mapped[str]
    fence: Mapped[int] = mapped_column(BigInteger)
    name: Mapped[str]
    filename: Mapped[str]
    content_type: Mapped[str]
    object_key: Mapped[str] = mapped_column(unique=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
