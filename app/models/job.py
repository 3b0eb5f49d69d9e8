"""A row in ``jobs`` is one piece of work somebody asked for; its ``job_steps`` are what runs.

The database is the truth. A step's ``fence`` grows with each claim: whoever holds an older fence has lost the step,
and everything it made is discarded.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, CheckConstraint, ForeignKey, Identity, Index, Text, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship
from uuid_utils.compat import uuid7

from app.core.database import Base


class JobStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


FINISHED_JOB = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)
FINISHED_STEP = (StepStatus.COMPLETED, StepStatus.FAILED, StepStatus.SKIPPED, StepStatus.CANCELLED)


def _one_of(column: str, values: type[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(str(v)) for v in values)})"


class Job(Base):
    """``revision`` grows with every change a poller could see; ``source`` is what the client is told of the input.

    ``deleted_at`` hides a job from everybody; its objects and then its rows go after that. ``parent_id`` is the job
    whose findings this one goes on from. ``webhook_url`` is sealed: its path or query may hold a secret.
    """

    __tablename__ = "jobs"
    __table_args__ = (
        CheckConstraint(_one_of("status", JobStatus), name="status"),
        Index("ix_jobs_owner_created_at", "owner", "created_at"),
        Index("ix_jobs_status", "status"),
        Index("ix_jobs_deleted", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(default=JobStatus.QUEUED)
    owner: Mapped[str]
    priority: Mapped[int] = mapped_column(default=0)
    upload_id: Mapped[UUID | None] = mapped_column(ForeignKey("uploads.id", ondelete="SET NULL"), index=True)
    source: Mapped[dict[str, Any]] = mapped_column(default=dict)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"), index=True)
    webhook_url: Mapped[str | None]
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    revision: Mapped[int] = mapped_column(BigInteger, default=1)
    cancel_requested_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]

    steps: Mapped[list["JobStep"]] = relationship(
        back_populates="job", order_by="JobStep.position", cascade="all, delete-orphan", passive_deletes=True
    )


class JobStep(Base):
    """``name`` is unique in the job (``video_compilation/2``), ``stage`` is the recipe's (``video_compilation``).

    ``needs`` are stages, or names where a step waits for others of its own stage. ``queue`` is what kind of worker runs
    it. ``optional``: its failure costs a warning, not the job. ``sent_at`` is when the broker was last rung for it;
    ``retry_at`` keeps it from being sent before. ``params``: the ``weight`` of a part is its share of the stage, and
    ``adapter`` what runs it where that is not the stage's own.
    """

    __tablename__ = "job_steps"
    __table_args__ = (
        CheckConstraint(_one_of("status", StepStatus), name="status"),
        CheckConstraint("progress BETWEEN 0 AND 1", name="progress"),
        Index("uq_job_steps_job_id_name", "job_id", "name", unique=True),
        Index("ix_job_steps_lease", "lease_expires_at", postgresql_where=text("status = 'running'")),
        Index("ix_job_steps_sent", "sent_at", postgresql_where=text("status = 'pending' AND sent_at IS NOT NULL")),
        Index(
            "ix_job_steps_waiting",
            "queue",
            "job_id",
            postgresql_where=text("status = 'pending' AND sent_at IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    name: Mapped[str]
    stage: Mapped[str]
    position: Mapped[int]
    needs: Mapped[list[str]] = mapped_column(ARRAY(Text()), default=list)
    queue: Mapped[str] = mapped_column(default="media", server_default="media")
    optional: Mapped[bool] = mapped_column(default=False)
    params: Mapped[dict[str, Any]] = mapped_column(default=dict)
    status: Mapped[str] = mapped_column(default=StepStatus.PENDING)
    progress: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str | None]
    attempt: Mapped[int] = mapped_column(default=0)
    fence: Mapped[int] = mapped_column(BigInteger, default=0)
    lease_expires_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    sent_count: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    error_code: Mapped[str | None]
    error_message: Mapped[str | None]
    result: Mapped[dict[str, Any] | None]

    job: Mapped[Job] = relationship(back_populates="steps")
