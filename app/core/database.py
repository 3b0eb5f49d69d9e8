"""PostgreSQL: engine, sessions, and the declarative base with its naming convention."""

from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, DateTime, Engine, MetaData, Text, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.engine import make_url
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from app.core import patience as waiting
from app.core.patience import Line, Patience, PatientConnection

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


POOL_TIMEOUT_S = 1.5
"""In an outage a connection of the pool is free again after 1.5 s at the most, and who gets it fails at once."""
TCP = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}
"""For connections that nothing is asked on: a server whose machine has vanished. Seconds; the last in milliseconds."""


def make_engine(
    url: str,
    *,
    pool_size: int = 10,
    max_overflow: int = 10,
    patience: Patience = waiting.API,
    name: str = "lectern",
) -> Engine:
    """An engine on psycopg2 whatever the URL's driver says. Nothing it does waits longer than ``patience`` allows.

    Its errors hold no values of the statement: they end in logs. ``name`` is what the server calls its sessions.
    """
    waiting.install()
    parsed = make_url(url).set(drivername="postgresql+psycopg2")
    engine = create_engine(
        parsed,
        pool_size=pool_size,
        max_overflow=max_overflow,
        pool_timeout=POOL_TIMEOUT_S,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "connection_factory": partial(PatientConnection, line=Line(patience)),
            "application_name": name,
            "options": f"-c timezone=UTC -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS}",
            **TCP,
        },
    )
    event.listen(engine, "checkout", _taken)
    event.listen(engine, "checkin", _returned)
    return engine


def be_patient(connection: Connection) -> None:
    """Let the statements of ``connection`` take as long as they need, until it goes back into the pool."""
    plain = connection.connection.dbapi_connection
    assert isinstance(plain, PatientConnection)
    plain.taken(waiting.MIGRATION)


def _taken(connection: object, _entry: ConnectionPoolEntry, _proxy: object) -> None:
    assert isinstance(connection, PatientConnection)
    connection.taken()


def _returned(connection: object, _entry: ConnectionPoolEntry) -> None:
    if isinstance(connection, PatientConnection):  # None where it was lost
        connection.returned()


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions that keep loaded values after a commit: the edge reads them when it answers."""
    return sessionmaker(engine, expire_on_commit=False)
