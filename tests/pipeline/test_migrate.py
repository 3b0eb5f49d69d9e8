"""``lectern migrate``: two at once do not get into each other's way, and a second run changes nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.core.database import make_engine
from app.core.migrations import MIGRATION_LOCK
from pipeline.processes import wait_until
from tests.conftest import new_database

pytestmark = pytest.mark.stack
WAITING = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = :key AND NOT granted")


def migrating(url: str, folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "DATABASE_URL": url, "LECTERN_DATA_DIR": str(folder)}
    command = [sys.executable, "-m", "pipeline.cli", "migrate"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def waiting(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(WAITING, {"key": MIGRATION_LOCK}).scalar_one())


def test_two_at_once_wait_for_each_other_and_both_succeed(postgres_url: str, tmp_path: Path) -> None:
    url = new_database(postgres_url)
    engine = make_engine(url)
    with engine.connect() as holder:
        holder.execute(text("SELECT pg_advisory_lock(:key)"), {"key": MIGRATION_LOCK})
        holder.commit()
        both = [migrating(url, tmp_path), migrating(url, tmp_path)]
        try:
            assert wait_until(lambda: waiting(engine) == 2, within_s=60), "both wait for the lock"
            holder.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": MIGRATION_LOCK})
            holder.commit()
            for process in both:
                out, err = process.communicate(timeout=60)
                assert (process.returncode, out) == (0, "The database is up to date.\n"), err
        finally:
            for process in both:
                process.kill()
                process.communicate()
    with engine.connect() as connection:
        versions = connection.execute(text("SELECT count(*) FROM alembic_version")).scalar()
    engine.dispose()
    assert versions == 1


def test_a_database_that_is_away_is_one_sentence_without_its_password(tmp_path: Path) -> None:
    process = migrating("postgresql://lectern:C4nary-password@127.0.0.1:1/x", tmp_path)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err == "lectern: The database does not answer. Start it, or check DATABASE_URL.\n"
    assert "C4nary" not in out + err
