"""What stages found out, by what they looked at: another job of the same owner need not look again."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class StageFinding(Base):
    """``key`` is a digest of the stage, its input's content and its options; ``document`` is the agent's result.

    It goes with its job, so that nothing outlives what its owner has deleted or let expire.
    """

    __tablename__ = "stage_findings"
    __table_args__ = (Index("uq_stage_findings_key_job_id", "key", "job_id", unique=True),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    key: Mapped[str]
    document: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
