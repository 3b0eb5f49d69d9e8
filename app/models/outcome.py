"""Rows in ``outcome_counts`` are how many steps, jobs and webhook deliveries ended how, and how long they took."""

from sqlalchemy import BigInteger, Identity
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base

BUCKET_BOUNDS_S = (1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0, 7200.0)
"""Upper bounds of the buckets; the last bucket has none. The trigger in migration 0004 knows them too."""


class OutcomeCount(Base):
    """To be added up by ``part`` (step, job, webhook), ``name`` (stage, kind, event), ``outcome`` and ``bucket``.

    Triggers insert a row when something ends, in the transaction that ends it, whoever ends it: so each end is counted
    once, and what retention deletes stays counted. They only insert: a counter that everybody updates would be a lock
    that commits wait for, and could deadlock with each other's. ``outcomes.fold`` makes few rows of many.
    """

    __tablename__ = "outcome_counts"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    part: Mapped[str]
    name: Mapped[str]
    outcome: Mapped[str]
    bucket: Mapped[int]
    count: Mapped[int] = mapped_column(BigInteger)
    total_s: Mapped[float]
