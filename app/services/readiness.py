"""Whether the database, the broker and the store answer: each asked in a thread of its own, within a deadline."""

import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock, Thread

from celery import Celery
from sqlalchemy import Engine, text

from app.core.errors import LecternError
from app.services.storage.protocol import ObjectStore

TIMEOUT_S = 2.0
log = logging.getLogger(__name__)

Check = Callable[[], None]


class _Asked:
    """One question under way: ``problem`` is None while it is open, and empty when all is well."""

    def __init__(self, name: str, check: Check) -> None:
        self.problem: str | None = None
        self.thread = Thread(target=self._ask, args=(name, check), name=f"ready-{name}", daemon=True)
        self.thread.start()

    def _ask(self, name: str, check: Check) -> None:
        try:
            check()
            self.problem = ""
        except LecternError as error:
            self.problem = error.detail
        except Exception as error:  # whatever a driver raises means that the part is down
            log.warning("%s is not ready: %s", name, error)
            self.problem = "It does not answer."


class Readiness:
    """``problems`` asks all checks at once. One that hangs is not asked again until it is back."""

    def __init__(self, checks: Mapping[str, Check], *, timeout_s: float = TIMEOUT_S) -> None:
        self._checks = checks
        self._timeout_s = timeout_s
        self._asked: dict[str, _Asked] = {}
        self._lock = Lock()

    def problems(self) -> dict[str, str]:
        """What is down and a sentence on it; empty when everything answers. Takes ``timeout_s`` at the most."""
        with self._lock:
            for name, check in self._checks.items():
                if name not in self._asked or not self._asked[name].thread.is_alive():
                    self._asked[name] = _Asked(name, check)
            asked = dict(self._asked)
        deadline = time.monotonic() + self._timeout_s
        for each in asked.values():
            each.thread.join(max(0.0, deadline - time.monotonic()))
        late = f"It did not answer within {self._timeout_s:g} s."
        told = {name: late if each.problem is None else each.problem for name, each in asked.items()}
        return {name: problem for name, problem in told.items() if problem}


def service_checks(engine: Engine, celery: Celery, store: ObjectStore) -> dict[str, Check]:
    """The three parts the API needs."""

    def database() -> None:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def broker() -> None:
        with celery.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=int(TIMEOUT_S))

    return {"database": database, "broker": broker, "store": store.check}


def sandbox_level(data_dir: Path) -> str | None:
    """The level that a worker on this host found and wrote down. None where none has yet."""
    try:
        level = json.loads((data_dir / "sandbox.json").read_text("utf-8"))["level"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return level if isinstance(level, str) else None
