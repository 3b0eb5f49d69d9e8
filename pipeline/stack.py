"""The embedded stack: database, broker, API and worker as one command. What is configured is not embedded.

A data folder has one stack at a time, held by a lock; ``stack.json`` beside it tells others where the API is.
Everything started here ends with us, also after ``kill -9``.
"""

import fcntl
import json
import logging
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import httpx2
from pydantic import SecretStr

from app.core.database import make_engine
from app.core.migrations import upgrade
from app.core.security import secret_key
from app.core.settings import Settings
from pipeline.client import SECRET_VARIABLES
from pipeline.listener import CannotListen, listen
from pipeline.part import KeepsEnding, Part
from pipeline.postgres import EmbeddedPostgres, PostgresFailed
from pipeline.processes import tail, wait_until

log = logging.getLogger(__name__)
READY_WITHIN_S = 60.0
STOP_WORKER_WITHIN_S = 5.0
STOP_API_WITHIN_S = 3.0


class StackFailed(Exception):
    """The stack could not start; the text says why and what to do."""


@dataclass(frozen=True)
class RunningStack:
    """A stack somebody else runs on this data folder."""

    pid: int
    url: str


class Stack:
    """``with Stack(settings) as stack:`` gives a service at ``stack.url``. Start it from the main thread."""

    def __init__(self, settings: Settings, *, port: int | None = None, worker: bool = True) -> None:
        self._settings = settings
        self._port = settings.port if port is None else port
        self._with_worker = worker
        self._lock: IO[str] | None = None
        self._postgres: EmbeddedPostgres | None = None
        self._listener: socket.socket | None = None
        self._parts: list[Part] = []
        self.url = ""

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, _t: type[BaseException] | None, _e: BaseException | None, _b: TracebackType | None) -> None:
        self.stop()

    @property
    def data_dir(self) -> Path:
        return self._settings.data_dir

    @property
    def worker_pid(self) -> int | None:
        return next((part.pid for part in self._parts if part.name == "worker"), None)

    @property
    def api_pid(self) -> int | None:
        return next((part.pid for part in self._parts if part.name == "api"), None)

    def _start(self) -> None:
        data_dir = self._settings.data_dir
        data_dir.mkdir(parents=True, exist_ok=True)
        self._take_lock(data_dir)
        (data_dir / "stack.json").unlink(missing_ok=True)  # of a stack that was killed
        self._listener = self._listen()
        secret_key(self._settings)  # made once, before two processes need it
        environment = self._environment(self._database_url())
        host, port = self._listener.getsockname()[:2]
        self.url = f"http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}"  # noqa: S104 - a comparison
        descriptor = self._listener.fileno()
        self._run("api", ["pipeline.api_server", str(descriptor)], environment, STOP_API_WITHIN_S, (descriptor,))
        if self._with_worker:
            self._run("worker", ["pipeline.worker"], environment, STOP_WORKER_WITHIN_S)
        self._await_ready()
        state = {"pid": os.getpid(), "url": self.url}
        partial = data_dir / "stack.json.part"
        partial.write_text(json.dumps(state))
        partial.replace(data_dir / "stack.json")

    def _take_lock(self, data_dir: Path) -> None:
        self._lock = (data_dir / "stack.lock").open("a+")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            self._lock = None
            running = find_running(data_dir)
            where = f" at {running.url} (process {running.pid})" if running else ""
            raise StackFailed(
                f"A Lectern service already runs on {data_dir}{where}. Use it, stop it, or set LECTERN_DATA_DIR."
            ) from None

    def _listen(self) -> socket.socket:
        try:
            return listen(self._settings.host, self._port)
        except CannotListen as error:
            raise StackFailed(str(error)) from error

    def _database_url(self) -> str:
        if self._settings.database_url is not None:
            url = self._settings.database_url.get_secret_value()
        else:
            self._postgres = EmbeddedPostgres(self._settings.data_dir)
            try:
                url = self._postgres.start()
            except PostgresFailed as error:
                raise StackFailed(str(error)) from error
        engine = make_engine(url)
        try:
            upgrade(engine)
        finally:
            engine.dispose()
        return url

    def _environment(self, database_url: str) -> dict[str, str]:
        """Children read their settings from the environment: ours, whatever was set in code, and what we found out."""
        environment = {name: value for name, value in os.environ.items() if name not in SECRET_VARIABLES}
        for name in self._settings.model_fields_set:
            environment[f"LECTERN_{name.upper()}"] = _text(getattr(self._settings, name))
        return environment | {"LECTERN_DATA_DIR": str(self._settings.data_dir), "LECTERN_DATABASE_URL": database_url}

    def _run(
        self, name: str, module: list[str], environment: dict[str, str], stop_s: float, fds: tuple[int, ...] = ()
    ) -> None:
        log_path = self._settings.data_dir / "logs" / f"{name}.log"
        part = Part(name, [sys.executable, "-m", *module], environment, log_path, stop_s, fds)
        self._parts.append(part)
        part.start()

    def _await_ready(self) -> None:
        with httpx2.Client(timeout=2, trust_env=False) as client:
            if wait_until(lambda: self.ended() is not None or _ready(client, self.url), within_s=READY_WITHIN_S):
                name = self.ended()
                if name is None:
                    return
                raise StackFailed(f"The {name} ended while it started. The end of its log:\n{self._log_tail(name)}")
        raise StackFailed(f"The service did not get ready. The end of its log:\n{self._log_tail('api')}")

    def ended(self) -> str | None:
        """The name of a part that has ended by itself."""
        return next((part.name for part in self._parts if part.ended), None)

    def keep_alive(self) -> None:
        """Start again what has ended by itself. Call it often, from the main thread; raises StackFailed at last."""
        try:
            if self._postgres is not None and self._postgres.ended:
                log.warning("the database ended and is started again")
                self._postgres.start()
            for part in self._parts:
                part.revive()
        except (KeepsEnding, PostgresFailed) as error:
            raise StackFailed(str(error)) from error

    def _log_tail(self, name: str) -> str:
        return tail(self._settings.data_dir / "logs" / f"{name}.log")

    def stop(self) -> None:
        """Worker first (it hands its leases back), then the API, then the database."""
        for part in reversed(self._parts):
            part.stop()
        self._parts.clear()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        if self._postgres is not None:
            self._postgres.stop()
            self._postgres = None
        if self._lock is not None:
            (self._settings.data_dir / "stack.json").unlink(missing_ok=True)
            self._lock.close()
            self._lock = None


def _text(value: object) -> str:
    """A setting as it stands in an environment variable; empty means not given."""
    if value is None:
        return ""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(value) if isinstance(value, tuple) else str(value)


def _ready(client: httpx2.Client, url: str) -> bool:
    try:
        return client.get(f"{url}/api/v1/readyz").status_code == httpx2.codes.OK
    except httpx2.HTTPError:
        return False


def find_running(data_dir: Path) -> RunningStack | None:
    """The stack that holds this data folder's lock, None where nobody does."""
    try:
        with (data_dir / "stack.lock").open("a+") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                state = json.loads((data_dir / "stack.json").read_text())
                return RunningStack(int(state["pid"]), str(state["url"]))
    except (OSError, ValueError, KeyError):
        return None
    return None
