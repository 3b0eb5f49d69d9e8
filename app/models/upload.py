"""A row in ``uploads`` is a recording: where it lies or will lie, and what its sender called it."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, func
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from app.core.database import Base


class UploadStatus(StrEnum):
    PENDING = "pending"
    """Promised: the client sends it straight to the store and has not said that it is done."""
    REMOTE = "remote"
    """Named by a URL; the first step of its job fetches it."""
    COMPLETE = "complete"


class Upload(Base):
    """``filename`` is the sender's, for display only; ``object_key`` is generated and is what opens.

    ``size_bytes`` and ``sha256`` are what a direct upload promised until it is complete; of a remote one they are 0 and
    None. ``store_upload_id`` is the store's name of a multipart upload. ``source_url`` is sealed (its query may hold a
    secret). ``expires_at`` is when a pending upload that no job uses is dropped.
    """

    __tablename__ = "uploads"
    __table_args__ = (CheckConstraint("status IN ('pending', 'remote', 'complete')", name="status"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    owner: Mapped[str] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(default=UploadStatus.COMPLETE, server_default="complete")
    filename: Mapped[str]
    content_type: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str | None]
    object_key: Mapped[str] = mapped_column(unique=True)
    captions_key: Mapped[str | None]
    store_upload_id: Mapped[str | None]
    source_url: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
