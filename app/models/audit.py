"""A row in ``audit_entries`` is a change that somebody made: who, what, to which thing, in which request."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, func
from sqlalchemy.orm import Mapped, mapped_column

from app.core.database import Base


class AuditEntry(Base):
    """Outlives what it speaks of. ``actor`` is a key's prefix, or ``local``; ``action`` is stable (``job.cancel``)."""

    __tablename__ = "audit_entries"
    __table_args__ = (Index("ix_audit_entries_owner_id", "owner", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
    owner: Mapped[str]
    actor: Mapped[str]
    address: Mapped[str | None]
    action: Mapped[str]
    target: Mapped[str | None]
    request_id: Mapped[str | None]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
