"""``lectern keys``: on a configured database, on the one of a data folder, and what goes wrong, in a sentence."""

import fcntl
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from app.core.database import make_engine, make_sessions
from app.core.settings import get_settings
from app.services.api_keys import KEY, find_key
from app.services.audit import entries
from pipeline.cli import cli
from pipeline.client import ServiceError
from pipeline.postgres import EmbeddedPostgres
from tests.conftest import new_database
from tests.pipeline.test_cli import lectern

pytestmark = pytest.mark.stack
SECONDS = timedelta(minutes=2)


@pytest.fixture(autouse=True)
def _fresh_settings() -> Iterator[None]:
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


@pytest.fixture
def configured(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands run inside the test, on the database of the run."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("LECTERN_DATA_DIR", str(tmp_path / "data"))


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["keys", *arguments])


def ran(*arguments: str) -> str:
    """What a command that works prints on standard output."""
    done = invoke(*arguments)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


def test_a_key_from_birth_to_end(configured: None, engine: Engine) -> None:
    arguments = (
        "--name",
        "Ann's laptop",
        "--owner",
        "ann",
        "--scope",
        "read",
        "--scope",
        "read",
        "--expires-in",
        "90d",
    )
    made = invoke("create", *arguments)
    key = made.stdout.strip()
    assert KEY.fullmatch(key), "nothing but the key on standard output"
    assert "shown this once" in made.stderr
    assert key not in made.stderr
    prefix = key.rsplit("_", 1)[0]
    with make_sessions(engine)() as session:
        row = find_key(session, key)
        assert row is not None
        assert (row.owner, row.scopes, row.name) == ("ann", ["read"], "Ann's laptop")
        assert row.expires_at is not None
        assert abs(row.expires_at - datetime.now(UTC) - timedelta(days=90)) < SECONDS

    listed = ran("list")
    line = next(each for each in listed.splitlines() if prefix in each)
    assert "live" in line
    assert "ann" in line
    assert key not in listed
    documents = json.loads(ran("list", "--json"))
    document = next(each for each in documents if each["prefix"] == prefix)
    assert (document["state"], document["scopes"], document["last_used_at"]) == ("live", ["read"], None)
    assert key.rsplit("_", 1)[1] not in json.dumps(documents)

    assert "five seconds" in ran("revoke", prefix)
    ran("revoke", key)
    with make_sessions(engine)() as session:
        assert find_key(session, key) is None
        trail = [(each.action, each.target, each.actor) for each in entries(session, owner="ann")]
    assert trail == [("key.create", prefix, "shell"), *[("key.revoke", prefix, "shell")] * 2]


def test_as_json(configured: None) -> None:
    document = json.loads(ran("create", "--json"))
    assert KEY.fullmatch(document["key"])
    assert document["key"].startswith(document["prefix"])
    assert (document["scopes"], document["expires_at"]) == (["read", "write"], None)
    assert document["owner"].startswith("key-")


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("revoke", "lk_nothing"), 1, "lectern keys list"),
        (("create", "--expires-in", "soon"), 2, "90d"),
        (("create", "--expires-in", "0d"), 2, "90d"),
        (("create", "--expires-in", "999999w"), 2, "90d"),
        (("create", "--scope", "admin"), 2, "metrics"),
        (("create", "--owner", " "), 2, "--owner"),
    ],
)
def test_what_goes_wrong(configured: None, arguments: tuple[str, ...], code: int, sentence: str) -> None:
    done = invoke(*arguments)
    assert done.exit_code == code
    assert sentence in (done.stderr if code == 2 else str(done.exception))
    assert isinstance(done.exception, SystemExit | ServiceError), "what the command line tells in a sentence"
    assert done.stdout == ""


def test_a_database_that_is_empty(configured: None, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", new_database(postgres_url))
    done = invoke("list")
    assert isinstance(done.exception, ServiceError)
    assert "lectern migrate" in str(done.exception)


def test_a_database_that_is_away(tmp_path: Path) -> None:
    chosen = {"DATABASE_URL": "postgresql://u:hunter2@127.0.0.1:1/x", "LECTERN_DATA_DIR": str(tmp_path)}
    away = lectern("keys", "list", **chosen)
    assert away.returncode == 1
    assert away.stderr == "lectern: The database does not answer. Start it, or check DATABASE_URL.\n"


def test_without_a_service_and_beside_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing runs: the database is started for the moment. A stack runs: its database is used, and is not stopped."""
    data_dir = tmp_path / "data"
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("LECTERN_DATA_DIR", str(data_dir))
    server = EmbeddedPostgres(data_dir)
    try:
        first = ran("create", "--name", "first").strip()
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(server.url)
        assert server.start() == server.url
        with (data_dir / "stack.lock").open("a+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # as the stack that runs it
            assert "in a moment" in str(invoke("list").exception), "it has not said yet where it is"
            (data_dir / "stack.json").write_text('{"pid": 1, "url": "http://127.0.0.1:9"}')
            assert first.rsplit("_", 1)[0] in ran("list")
            ran("create", "--name", "second")
        engine = make_engine(server.url)
        with engine.connect() as connection:
            held = connection.execute(text("SELECT name FROM api_keys ORDER BY id")).scalars().all()
        engine.dispose()
        assert held == ["first", "second"]
    finally:
        server.stop()
        server.remove()
