"""PostgreSQL: engine, sessions, and the declarative base with its naming convention."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Engine, MetaData, Text, create_engine
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
IDLE_IN_TRANSACTION_MS = 15_000
"""A frozen process must not hold row locks or the reaper's lock for longer than this."""


class Base(DeclarativeBase):
    """All tables. Times are with time zone, text has no length, documents are jsonb."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own protocol
        datetime: DateTime(timezone=True),
        str: Text(),
        UUID: PgUUID(as_uuid=True),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
    }


def make_engine(url: str, *, pool_size: int = 10) -> Engine:
    """An engine on psycopg2 whatever the URL's driver says; connections fail within 3 s."""
    parsed = make_url(url).set(drivername="postgresql+psycopg2")
    return create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=10,
        pool_timeout=5,
        pool_pre_ping=True,
        hide_parameters=True,  # an error ends up in a log
        connect_args={
            "connect_timeout": 3,
            "application_name": "lectern",
            "options": f"-c timezone=UTC -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS}",
        },
    )


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions that keep loaded values after a commit: the edge reads them when it answers."""
    return sessionmaker(engine, expire_on_commit=False)
