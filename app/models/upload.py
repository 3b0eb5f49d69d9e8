"""A row in ``uploads`` is a file somebody sent: where it lies, and what they called it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, func
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from app.core.database import Base


class Upload(Base):
    """``filename`` is the sender's, for display only; ``object_key`` is generated and is what opens."""

    __tablename__ = "uploads"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    owner: Mapped[str] = mapped_column(index=True)
    filename: Mapped[str]
    content_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    object_key: Mapped[str] = mapped_column(unique=True)
    captions_key: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    deleted_at: Mapped[datetime | None]
