"""Runs migrations on the connection it is given, or on ``DATABASE_URL``."""

import os

from alembic import context
from sqlalchemy import Connection

import app.models  # noqa: F401 - registers the tables
from app.core.database import Base, make_engine


def run(connection: Connection) -> None:
    context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=True)
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = make_engine(os.environ["DATABASE_URL"])
    with engine.connect() as connection:
        run(connection)
        connection.commit()
