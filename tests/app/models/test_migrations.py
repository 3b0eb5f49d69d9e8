"""The models and the migrations say the same, and the way back works."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text

import app.models  # noqa: F401 - registers the tables
from app.core.database import Base, make_engine
from app.core.migrations import downgrade, upgrade
from tests.conftest import new_database

pytestmark = pytest.mark.stack


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, Base.metadata))


def test_migrations_make_the_tables_of_the_models(postgres_url: str) -> None:
    engine = make_engine(new_database(postgres_url))
    assert differences(engine), "an empty database must differ, or the comparison compares nothing"
    upgrade(engine)
    assert differences(engine) == []
    with engine.connect() as connection:
        checks = {
            row[0] for row in connection.execute(text("SELECT conname FROM pg_constraint WHERE contype = 'c'")).all()
        }
    assert {
        c.name for t in Base.metadata.tables.values() for c in t.constraints if c.__visit_name__ == "check_constraint"
    } <= checks
    engine.dispose()


def test_downgrade_removes_all_of_it_and_upgrade_makes_it_again(postgres_url: str) -> None:
    engine = make_engine(new_database(postgres_url))
    upgrade(engine)
    downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    upgrade(engine)
    assert differences(engine) == []
    engine.dispose()
