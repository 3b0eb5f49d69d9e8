"""The service's own database, for commands that need no running service: configured, running beside it, or started."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.orm import Session

from app.core.database import make_engine, make_sessions
from app.core.errors import LecternError
from app.core.migrations import upgrade
from app.core.settings import get_settings
from pipeline.client import ServiceError
from pipeline.postgres import EmbeddedPostgres, PostgresFailed
from pipeline.stack import find_running


@contextmanager
def service_database() -> Iterator[Session]:
    """A session on the service's database, committed at the end. Raises ServiceError in a sentence."""
    try:
        with _url() as url:
            engine = make_engine(url)
            try:
                with make_sessions(engine).begin() as session:
                    yield session
            finally:
                engine.dispose()
    except LecternError as error:
        raise ServiceError(error.detail) from error
    except PostgresFailed as error:
        raise ServiceError(str(error)) from error
    except ProgrammingError as error:
        raise ServiceError("The database has no tables for this yet. Run `lectern migrate` first.") from error
    except DBAPIError as error:
        raise ServiceError("The database does not answer. Start it, or check DATABASE_URL.") from error


@contextmanager
def _url() -> Iterator[str]:
    """Of the configured database, of one that runs on the data folder, or of one that is started for the moment."""
    settings = get_settings()
    if settings.database_url is not None:
        yield settings.database_url.get_secret_value()
    elif find_running(settings.data_dir) is not None:
        yield EmbeddedPostgres(settings.data_dir).url
    else:
        with _started(settings.data_dir) as url:
            yield url


@contextmanager
def _started(data_dir: Path) -> Iterator[str]:
    """The embedded database without API and worker. Holds the data folder as a stack does."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "stack.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise ServiceError("A service is starting or ending on the data folder. Try again in a moment.") from None
        server = EmbeddedPostgres(data_dir)
        try:
            url = server.start()
            engine = make_engine(url)
            upgrade(engine)
            engine.dispose()
            yield url
        finally:
            server.stop()
