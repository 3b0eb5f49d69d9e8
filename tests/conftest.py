"""Fixtures for every test. Inputs that live outside the project are optional, and their absence is counted."""

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from app.core.database import make_engine, make_sessions
from app.core.migrations import upgrade
from pipeline.postgres import EmbeddedPostgres

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = Path(os.environ.get("LECTERN_SHARED_DATA", ROOT.parent / "shared" / "data"))
for _name in ("GEMINI_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL"):  # tests send nothing to models of the developer's
    os.environ.pop(_name, None)
    os.environ.pop(f"LECTERN_{_name}", None)
SHARED_REASON = "needs the shared data folder (LECTERN_SHARED_DATA, default ../shared/data)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first: what begins last should not be what everybody then waits for."""
    items.sort(key=lambda item: "end_to_end" not in item.path.parts)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings beside the checkout; tests that need it are left out without it."""
    if not SHARED_DATA.is_dir():
        pytest.skip(SHARED_REASON)
    return SHARED_DATA


@pytest.fixture(scope="session")
def lectures(shared_data: Path) -> Path:
    """Lecture videos with captions and gold layouts."""
    return shared_data / "lectures"


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real PostgreSQL of this run's own, without Lectern's tables."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("postgres"))
    try:
        yield server.start()
    finally:
        server.stop()
        server.remove()


def new_database(postgres_url: str) -> str:
    """Create an empty database on the server and return its URL."""
    name = f"test_{uuid4().hex[:12]}"
    server = make_engine(postgres_url)
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    server.dispose()
    return make_url(postgres_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def database_url(postgres_url: str) -> str:
    """A migrated database shared by the run; whoever commits to it leaves rows behind."""
    url = new_database(postgres_url)
    engine = make_engine(url)
    upgrade(engine)
    engine.dispose()
    return url


@pytest.fixture(scope="session")
def engine(database_url: str) -> Iterator[Engine]:
    engine = make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session whose work is rolled back, also what it commits."""
    with engine.connect() as connection, connection.begin() as transaction:
        with make_sessions(engine)(bind=connection, join_transaction_mode="create_savepoint") as session:
            yield session
        transaction.rollback()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    left_out = [r for r in terminalreporter.stats.get("skipped", []) if SHARED_REASON in str(r.longrepr)]
    if left_out:
        terminalreporter.write_line(f"{len(left_out)} tests left out: {SHARED_REASON}")
