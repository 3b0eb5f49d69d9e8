"""A row in ``idempotency_keys`` is a client's promise that requests under one key are one request."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class IdempotencyKey(Base):
    """Reserved while ``job_id`` is None, by the request that holds ``token`` and until ``reserved_until``.

    ``fingerprint`` is the SHA-256 of the body that made the job. The row goes with its job.
    """

    __tablename__ = "idempotency_keys"

    owner: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    token: Mapped[UUID]
    reserved_until: Mapped[datetime]
    fingerprint: Mapped[str | None]
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
