"""The real process tree, each part of which can be killed, frozen, cut off and started again.

PostgreSQL and Redis are reached through proxies on TCP, as on another host.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psutil
import redis
from sqlalchemy.engine import make_url

from app.core.database import make_engine
from app.core.migrations import upgrade
from app.core.settings import Settings
from pipeline.part import Part
from pipeline.postgres import EmbeddedPostgres
from pipeline.processes import kill_group, start_service
from tests.chaos import history, striker
from tests.conftest import new_database
from tests.end_to_end.conftest import free_port, redis_server
from tests.tcp_proxy import TcpProxy

WORKERS = 2


@dataclass
class Cluster:
    """Parts by name: ``api``, ``worker-1``, ``worker-2``, ``redis``, ``postgres``. Use it from the main thread."""

    settings: Settings
    url: str
    postgres: EmbeddedPostgres
    redis_port: int
    redis_proxy: TcpProxy
    postgres_proxy: TcpProxy
    history_path: Path
    strikes: Path
    parts: dict[str, Part]
    frozen: dict[str, float] = field(default_factory=dict)
    _redis: subprocess.Popen[bytes] | None = None

    @property
    def workers(self) -> list[str]:
        return [name for name in self.parts if name.startswith("worker")]

    def pid_of(self, name: str) -> int:
        pid = (
            self.postgres.pid if name == "postgres" else self._redis_pid() if name == "redis" else self.parts[name].pid
        )
        assert pid is not None
        return pid

    def _redis_pid(self) -> int:
        assert self._redis is not None
        return self._redis.pid

    def children_of(self, name: str) -> list[int]:
        """Process ids of the agents of a worker."""
        try:
            return [child.pid for child in psutil.Process(self.pid_of(name)).children(recursive=True)]
        except psutil.Error:
            return []

    def kill(self, name: str) -> None:
        """kill -9 of one process; its children are its own affair."""
        history.note("killed", part=name, victim=self.pid_of(name))
        with suppress(ProcessLookupError):
            os.kill(self.pid_of(name), signal.SIGKILL)

    def freeze(self, name: str, seconds: float) -> None:
        """SIGSTOP now, SIGCONT when ``tend`` is called after ``seconds``."""
        history.note("frozen", part=name, victim=self.pid_of(name), seconds=seconds)
        os.kill(self.pid_of(name), signal.SIGSTOP)
        self.frozen[name] = time.monotonic() + seconds

    def tend(self, *, all_now: bool = False) -> None:
        """Start what has ended, thaw what has been frozen long enough. Call it often."""
        for name, until_s in list(self.frozen.items()):
            if all_now or time.monotonic() >= until_s:
                with suppress(ProcessLookupError):
                    os.kill(self.pid_of(name), signal.SIGCONT)
                history.note("thawed", part=name, victim=self.pid_of(name))
                del self.frozen[name]
        if self.postgres.ended:
            self.postgres.start()
        if self._redis is None or self._redis.poll() is not None:
            self.start_redis()
        for part in self.parts.values():
            if part.ended and part.pid is not None:
                kill_group(part.pid)
                part.start()

    def start_redis(self) -> None:
        command = [redis_server(), "--port", str(self.redis_port), "--bind", "127.0.0.1", "--save", "", "--dir"]
        self._redis = start_service(
            [*command, str(self.history_path.parent)],
            env=dict(os.environ),
            log=self.history_path.with_name("redis.log"),
            death_signal=signal.SIGKILL,
        )

    def flush_redis(self) -> None:
        history.note("flushed")
        with suppress(redis.RedisError), redis.Redis(port=self.redis_port, socket_timeout=2) as client:
            client.flushall()

    def strike_at(self, milestone: str) -> None:
        """Have the next process that gets there killed there."""
        (self.strikes / milestone).touch()

    def stop(self) -> None:
        self.tend(all_now=True)
        for part in reversed(self.parts.values()):
            part.stop()
        if self._redis is not None:
            self._redis.kill()
            self._redis.wait()


@contextmanager
def running_cluster(data_dir: Path, outside: Path, *, fast: bool, concurrency: int) -> Iterator[Cluster]:
    """``data_dir`` is the service's (it may be small); ``outside`` holds what the harness itself writes."""
    history_path, strikes = outside / "history.jsonl", outside / "strikes"
    strikes.mkdir()
    os.environ[history.VARIABLE], os.environ[striker.VARIABLE] = str(history_path), str(strikes)
    with ExitStack() as stack:
        postgres = EmbeddedPostgres(outside)
        stack.callback(postgres.remove)
        stack.callback(postgres.stop)
        direct = make_url(new_database(postgres.start()))
        proxy = stack.enter_context(TcpProxy(_socket_of(direct.render_as_string(hide_password=False))))
        redis_port = free_port()
        redis_proxy = stack.enter_context(TcpProxy(("127.0.0.1", redis_port)))
        settings = Settings.model_validate(
            {
                "data_dir": data_dir,
                "database_url": direct.set(host="127.0.0.1", port=proxy.port, query={}).render_as_string(
                    hide_password=False
                ),
                "broker_url": f"redis://127.0.0.1:{redis_proxy.port}/0",
                "worker_concurrency": concurrency,
                "key_rate_per_minute": 0,
                "address_rate_per_minute": 0,
            }
        )
        _migrate(settings)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        cluster = Cluster(
            settings,
            f"http://127.0.0.1:{listener.getsockname()[1]}",
            postgres,
            redis_port,
            redis_proxy,
            proxy,
            history_path,
            strikes,
            _parts(settings, listener, outside, fast=fast),
        )
        stack.callback(cluster.stop)
        cluster.start_redis()
        for part in cluster.parts.values():
            part.start()
        yield cluster


def _socket_of(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0]) / ".s.PGSQL.5432"


def _migrate(settings: Settings) -> None:
    assert settings.database_url is not None
    engine = make_engine(settings.database_url.get_secret_value())
    upgrade(engine)
    engine.dispose()


def _parts(settings: Settings, listener: socket.socket, outside: Path, *, fast: bool) -> dict[str, Part]:
    environment = dict(os.environ)
    for name in settings.model_fields_set:
        value = getattr(settings, name)
        environment[f"LECTERN_{name.upper()}"] = (
            value.get_secret_value() if hasattr(value, "get_secret_value") else str(value)
        )
    python = [sys.executable, "-m"]
    descriptor = listener.fileno()
    api = [*python, "tests.chaos.api", str(descriptor)]
    worker = [*python, "tests.chaos.worker", *(["--fast"] if fast else [])]
    parts = {"api": Part("api", api, environment, outside / "api.log", 3.0, (descriptor,))}
    for number in range(1, WORKERS + 1):
        name = f"worker-{number}"
        parts[name] = Part(name, worker, environment, outside / f"{name}.log", 10.0)
    return parts
