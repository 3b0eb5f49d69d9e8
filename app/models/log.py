"""A row in ``processing_logs`` is something that happened to a job, for the person who asks why."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class ProcessingLog(Base):
    """``event`` is stable (``step_started``); ``message`` is a sentence; ``data`` holds the facts."""

    __tablename__ = "processing_logs"
    __table_args__ = (Index("ix_processing_logs_job_id_id", "job_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"))
    step: Mapped[str | None]
    level: Mapped[str]
    event: Mapped[str]
    message: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
