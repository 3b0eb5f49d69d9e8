"""Brings a database to the newest schema. Two that start at once wait for each other on an advisory lock."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from app.core.database import be_patient

MIGRATION_LOCK = 0x4C454354  # "LECT"
SOURCE = Path(__file__).resolve().parents[2] / "alembic"
INSTALLED = Path(__file__).resolve().parents[1] / "_alembic"


def alembic_config() -> Config:
    """Alembic's configuration: the scripts of a checkout, else those inside the wheel."""
    config = Config()
    config.set_main_option("script_location", str(SOURCE if SOURCE.is_dir() else INSTALLED))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Apply all migrations up to ``revision``."""
    _run(engine, lambda config: command.upgrade(config, revision))


def downgrade(engine: Engine, revision: str) -> None:
    """Undo migrations down to ``revision`` (``base``: all)."""
    _run(engine, lambda config: command.downgrade(config, revision))


def _run(engine: Engine, work: Callable[[Config], None]) -> None:
    with engine.connect() as connection:
        be_patient(connection)
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
        config = alembic_config()
        config.attributes["connection"] = connection
        work(config)
        connection.commit()
