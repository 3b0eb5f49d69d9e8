"""An API on a port of its own, before a PostgreSQL that can be taken away."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import httpx2
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy.orm import Session, sessionmaker

from app.api.deps import Parts
from app.core.database import make_engine
from app.core.migrations import upgrade
from app.core.settings import Settings
from app.main import create_app
from app.services.unsettled import UnsettledUploads
from pipeline.processes import wait_until
from tests.app.job_factory import make_job
from tests.outages import BreakablePostgres, through
from tests.tcp_proxy import TcpProxy


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BreakablePostgres]:
    server = BreakablePostgres(tmp_path_factory.mktemp("breakable"))
    engine = make_engine(server.url)
    upgrade(engine)
    engine.dispose()
    yield server
    server.remove()


@pytest.fixture
def proxy(postgres: BreakablePostgres) -> Iterator[TcpProxy]:
    with postgres.proxy() as proxy:
        yield proxy


@pytest.fixture
def database_url(postgres: BreakablePostgres, proxy: TcpProxy) -> str:
    return through(proxy, postgres.url)


@pytest.fixture
def api(settings: Settings) -> FastAPI:
    """What nobody knows of is settled within a second."""
    api = create_app(settings)
    parts: Parts = api.state.parts
    quick = UnsettledUploads(parts.sessions, parts.store, ask_every_s=0.1, certain_after_s=0.5)
    api.state.parts = replace(parts, unsettled=quick)
    return api


@pytest.fixture
def port(api: FastAPI) -> Iterator[int]:
    """The API on a port of its own, in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(api, log_config=None, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        assert wait_until(lambda: server.started, within_s=20)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


@pytest.fixture
def http(port: int) -> Iterator[httpx2.Client]:
    limits = httpx2.Limits(max_connections=300)
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False, limits=limits) as client:
        assert client.get("/health").status_code == 200
        yield client


@pytest.fixture
def job_id(sessions: sessionmaker[Session], http: httpx2.Client) -> UUID:
    with sessions.begin() as session:
        return make_job(session).id
