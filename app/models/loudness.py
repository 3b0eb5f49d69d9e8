"""How loud a recording is over time."""

from uuid import UUID

from sqlalchemy import ARRAY, CheckConstraint, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class LoudnessContour(Base):
    """One a job: RMS levels in whole dBFS, each of ``step_s`` from the start. Only the analysis reads it.

    Two bytes for each level, 14,400 of them for two hours; a table of its own, so that no other query carries them.
    """

    __tablename__ = "loudness_contours"
    __table_args__ = (CheckConstraint("step_s > 0", name="step"),)

    job_id: Mapped[UUID] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    step_s: Mapped[float]
    levels_dbfs: Mapped[list[int]] = mapped_column(ARRAY(SmallInteger()))
