"""``lectern audit`` on a database, with and without anything to show."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine

from app.core.database import make_engine, make_sessions
from app.core.migrations import upgrade
from app.core.principal import Principal
from app.core.settings import get_settings
from app.services.audit import record
from pipeline.commands.audit import audit
from tests.conftest import new_database

pytestmark = pytest.mark.stack


@pytest.fixture
def trail(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An empty trail, in the database that the commands are configured with."""
    url = new_database(postgres_url)
    engine = make_engine(url)
    upgrade(engine)
    monkeypatch.setenv("DATABASE_URL", url)
    get_settings.cache_clear()
    yield engine
    get_settings.cache_clear()
    engine.dispose()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(audit, arguments, catch_exceptions=False)


def test_changes_are_shown_by_owner_and_time(trail: Engine) -> None:
    assert run().output == "Nothing was changed.\n"
    with make_sessions(trail).begin() as session:
        record(
            session, Principal("one", "lk_0123456789", frozenset(), "192.0.2.7"), "job.cancel", "0197", status="running"
        )
        record(session, Principal("two", "local", frozenset()), "job.delete", "0198")
    text = run().output.splitlines()
    assert [line.split()[1] for line in text] == ["job.cancel", "job.delete"]
    assert "lk_0123456789@192.0.2.7" in text[0]
    (found,) = [json.loads(line) for line in run("--owner", "one", "--json").output.splitlines()]
    assert (found["actor"], found["target"], found["data"]) == ("lk_0123456789", "0197", {"status": "running"})
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).strftime("%Y-%m-%d")
    assert run("--since", tomorrow, "--json").output == ""
    assert len(run("--limit", "1").output.splitlines()) == 1
