"""A real worker through outages of the broker and the database: whatever was accepted is done when they are back."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import psutil
import pytest
import redis as redis_client
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker
from starlette.testclient import TestClient

from app.core.database import make_engine, make_sessions
from app.core.migrations import upgrade
from app.main import create_app
from app.models.job import FINISHED_JOB
from pipeline.processes import tail, wait_until
from tests.app.api.test_upload import MP4, send
from tests.app.conftest import make_settings
from tests.conftest import ROOT
from tests.outages import BreakablePostgres, BreakableRedis, frozen, through
from tests.pipeline.conftest import job_of, submit
from tests.tcp_proxy import TcpProxy

pytestmark = pytest.mark.stack
Sessions = sessionmaker[Session]
DONE_WITHIN_S = 120.0


class Service:
    """The API in this process, and a worker in its own, which reaches PostgreSQL through ``proxy``."""

    def __init__(self, folder: Path, postgres: BreakablePostgres, redis: BreakableRedis, proxy: TcpProxy) -> None:
        self.postgres, self.redis, self.proxy = postgres, redis, proxy
        self.log = folder / "worker.log"
        self.sessions: Sessions = make_sessions(make_engine(postgres.url))
        settings = make_settings(
            database_url=postgres.url, data_dir=folder / "data", broker_url=redis.url, secret_key="secret"
        )
        self.client = TestClient(create_app(settings), base_url="http://127.0.0.1:8000")
        environment = {
            **os.environ,
            "DATABASE_URL": through(proxy, postgres.url),
            "REDIS_URL": redis.url,
            "LECTERN_DATA_DIR": str(folder / "data"),
            "LECTERN_WORKER_CONCURRENCY": "2",
        }
        with self.log.open("wb") as out:
            self.worker = subprocess.Popen(
                [sys.executable, "-m", "pipeline.worker"], cwd=ROOT, env=environment, stdout=out, stderr=out
            )

    def accepted(self) -> UUID:
        """A job of a recording that is none: it ends with its first step."""
        answer = send(self.client, MP4)
        assert answer.status_code == 202, answer.text
        return UUID(answer.json()["id"])

    def unheard_of(self) -> UUID:
        """A job nobody was rung for: only the reaper can find it."""
        return submit(self.sessions, f"uploads/{uuid4().hex}/source.mp4")

    def ends(self, *jobs: UUID) -> None:
        done = wait_until(
            lambda: all(job_of(self.sessions, each).status in FINISHED_JOB for each in jobs), within_s=DONE_WITHIN_S
        )
        assert self.worker.poll() is None, f"the worker died: {tail(self.log)}"
        assert done, f"a job was lost: {tail(self.log)}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("outages")
    postgres = BreakablePostgres(folder / "postgres")
    upgrade(make_engine(postgres.url))
    with BreakableRedis(folder) as redis, postgres.proxy() as proxy:
        running = Service(folder, postgres, redis, proxy)
        try:
            with running.client:
                running.ends(running.accepted())
                yield running
        finally:
            running.worker.send_signal(signal.SIGCONT)
            running.worker.terminate()
            try:
                running.worker.wait(30)
            finally:
                running.worker.kill()
                postgres.remove()


def test_redis_frozen(service: Service) -> None:
    with frozen(service.redis.pid):
        began_s = time.monotonic()
        jobs = [service.accepted() for _ in range(3)]
        assert service.client.get(f"/api/v1/jobs/{jobs[0]}").status_code == 200
        print(f"three jobs accepted in {time.monotonic() - began_s:.3f} s")
    service.ends(*jobs)


def test_redis_killed_with_all_it_had(service: Service) -> None:
    os.kill(service.worker.pid, signal.SIGSTOP)
    before = service.accepted()
    service.redis.kill()
    meanwhile = service.accepted()
    os.kill(service.worker.pid, signal.SIGCONT)
    service.redis.start()
    service.ends(before, meanwhile, service.accepted())


def test_redis_flushed(service: Service) -> None:
    os.kill(service.worker.pid, signal.SIGSTOP)
    jobs = [service.accepted() for _ in range(3)]
    with redis_client.Redis.from_url(service.redis.url) as connection:
        connection.flushall()
    os.kill(service.worker.pid, signal.SIGCONT)
    service.ends(*jobs)


@pytest.mark.parametrize("how", ["frozen", "cut", "killed"])
def test_postgresql_away_from_the_worker(service: Service, how: str) -> None:
    """The reaper is alive afterwards: it finds a job that nobody was rung for."""
    job = service.accepted()
    if how == "frozen":
        service.proxy.hold()
        time.sleep(7)  # more than a round of the reaper
        service.proxy.pass_on()
    elif how == "cut":
        for _ in range(20):
            service.proxy.cut()
            time.sleep(0.1)
    else:
        service.postgres.kill()
        time.sleep(6)
        service.postgres.start()
        assert wait_until(lambda: service.client.get("/health").status_code == 200, within_s=30)
    service.ends(job, service.unheard_of())
    threads = psutil.Process(service.worker.pid).num_threads()
    with service.sessions() as session:
        running = session.scalar(text("SELECT count(*) FROM job_steps WHERE status = 'running'"))
    assert running == 0
    assert threads < 60
