"""A row in ``api_keys`` is a key somebody was given: what it may do and whose things it sees, never the key itself."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, Text, func
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from app.core.database import Base


class ApiKey(Base):
    """``prefix`` is the part that is shown and looked up; ``secret_hash`` is the SHA-256 of the whole key in hex.

    A key is 256 random bits, so that no slow hash is needed. Keys of one ``owner`` see the same jobs and files.
    """

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    owner: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(unique=True)
    secret_hash: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text()))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
