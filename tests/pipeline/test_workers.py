"""Which workers there are, as the database sees them."""

from contextlib import ExitStack

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session, sessionmaker

from app.core.database import make_engine
from app.core.settings import Settings
from pipeline.processes import wait_until
from pipeline.workers import session_name, slots_by_worker, slots_of

pytestmark = pytest.mark.stack


def living(sessions: sessionmaker[Session]) -> tuple[int, ...]:
    with sessions.begin() as session:
        return slots_by_worker(session, "transcribe")


def test_workers_come_and_go(own_engine: Engine, sessions: sessionmaker[Session]) -> None:
    url = own_engine.url.render_as_string(hide_password=False)
    assert living(sessions) == ()
    with ExitStack() as stack:
        for slots, queues in ((3, ("media", "transcribe")), (2, ("transcribe",)), (4, ("media", "io"))):
            engine = make_engine(url, name=session_name(Settings(worker_concurrency=slots, worker_queues=queues)))
            stack.callback(engine.dispose)
            for connection in [engine.connect(), engine.connect()]:  # a worker has more than one session
                stack.callback(connection.close)
        assert living(sessions) == (2, 3)
    assert wait_until(lambda: living(sessions) == (), within_s=30)


def test_a_name_fits_and_says_what_the_worker_runs() -> None:
    largest = Settings(worker_concurrency=64)
    assert len(session_name(largest)) <= 63, "PostgreSQL cuts longer ones"
    assert session_name(largest) != session_name(largest)
    assert slots_of(largest) == 64
    assert slots_of(Settings()) >= 1
