"""Servers that can be frozen and killed: PostgreSQL and Redis of one's own, and any process with its children."""

import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

import psutil
from sqlalchemy.engine import make_url

from pipeline.postgres import EmbeddedPostgres
from pipeline.processes import wait_until
from tests.end_to_end.conftest import free_port, redis_server
from tests.tcp_proxy import TcpProxy


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """Stop the process and its children: the kernel goes on accepting connections for them, and nothing answers."""
    stopped: list[psutil.Process] = []
    try:
        _stop(psutil.Process(pid), stopped)
        yield
    finally:
        for each in reversed(stopped):
            with suppress(psutil.NoSuchProcess):
                each.send_signal(signal.SIGCONT)


def _stop(parent: psutil.Process, stopped: list[psutil.Process]) -> None:
    parent.send_signal(signal.SIGSTOP)  # first, so that no child is born meanwhile
    stopped.append(parent)
    for child in parent.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            child.send_signal(signal.SIGSTOP)
            stopped.append(child)


def kill_tree(pid: int) -> None:
    """kill -9 to the process and its children."""
    parent = psutil.Process(pid)
    for each in [parent, *parent.children(recursive=True)]:
        with suppress(ProcessLookupError):
            os.kill(each.pid, signal.SIGKILL)


class BreakablePostgres:
    """A PostgreSQL of its own, reached by its Unix socket (``url``) or through a proxy (``proxied(url)``)."""

    def __init__(self, folder: Path) -> None:
        self._server = EmbeddedPostgres(folder)
        self.url = self._server.start()

    @property
    def pid(self) -> int:
        assert self._server.pid is not None
        return self._server.pid

    def kill(self) -> None:
        """Nothing is shut down: the next start recovers."""
        kill_tree(self.pid)

    def start(self) -> None:
        """Again, at the same address."""
        self._server.stop()
        assert self._server.start() == self.url

    def remove(self) -> None:
        self._server.stop()
        self._server.remove()

    def proxy(self) -> TcpProxy:
        """A proxy before it, to be opened."""
        return TcpProxy(Path(str(make_url(self.url).query["host"])) / ".s.PGSQL.5432")


class BreakableRedis:
    """A Redis of its own, without anything on disk: who kills it loses every message."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "BreakableRedis":
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Again, at the same address."""
        command = [redis_server(), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process = subprocess.Popen([*command, "--dir", str(self._folder)], stdout=subprocess.DEVNULL)
        assert wait_until(self._listens, within_s=20), "redis-server did not start"

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait(10)

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


def through(proxy: TcpProxy, url: str) -> str:
    """The same database through ``proxy``."""
    return make_url(url).set(host="127.0.0.1", port=proxy.port, query={}).render_as_string(hide_password=False)
