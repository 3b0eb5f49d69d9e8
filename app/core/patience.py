"""psycopg2 connections that do not wait for ever: a frozen server keeps its sockets open and never answers.

libpq has no limit for a reply, and a server's own ``statement_timeout`` stops with the server. psycopg2's wait
callback lets us do the waiting: a connection that has waited too long raises OperationalError, and psycopg2 closes it,
since nobody knows what it would say next.
"""

import math
import select
import threading
import time
from dataclasses import dataclass

import psycopg2
from psycopg2.extensions import POLL_OK, POLL_READ, POLL_WRITE, set_wait_callback
from psycopg2.extensions import connection as Psycopg2Connection

from app.core.breaker import Breaker

_EVENTS = {POLL_READ: select.POLLIN, POLL_WRITE: select.POLLOUT}


@dataclass(frozen=True)
class Patience:
    """How long to wait, in seconds: for a new connection, for the sign of life of a pooled one, for a statement.

    ``suspect_s``: a statement that takes longer than this makes us ask over a new connection whether the server still
    answers at all; it is given up at once where not. None: a slow statement raises no suspicion.
    """

    connect_s: float = 1.1
    ping_s: float = 0.4
    statement_s: float = 5.0
    suspect_s: float | None = 0.4


API = Patience()
"""A request learns within 1.5 s that the server is frozen: sign of life and new connection, or suspicion and proof."""
WORKER = Patience(connect_s=5.0, ping_s=2.0, statement_s=30.0, suspect_s=None)
"""Work of minutes hangs on a commit: a worker sits a short freeze out."""
MIGRATION = Patience(connect_s=10.0, ping_s=10.0, statement_s=math.inf, suspect_s=None)
"""A migration waits for locks and builds indexes."""


class ServerSilent(psycopg2.OperationalError):
    """The server did not answer in time, or did not a moment ago."""


class Line:
    """What the connections of one engine share: their patience, and what they learned of the server."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self.breaker = Breaker()
        self._asking = threading.Lock()
        self._alive = True
        self._asked_s = -math.inf

    def alive(self, target: str) -> bool:
        """Whether the server answers a new connection, asked by one thread for all. Takes ``connect_s`` at the most."""
        now_s = time.monotonic()
        if not self._asking.acquire(timeout=self.patience.connect_s):
            return False
        try:
            if self._asked_s < now_s:
                self._alive = self._ask(target)
                self._asked_s = time.monotonic()
            return self._alive
        finally:
            self._asking.release()

    def _ask(self, target: str) -> bool:
        try:
            PatientConnection(target, line=Line(self.patience)).close()
        except ServerSilent:
            self.breaker.failed()
            return False
        except psycopg2.Error:
            return True  # a refusal is an answer; of a server that is gone, the socket itself will tell
        return True


class PatientConnection(Psycopg2Connection):
    """Fails at once while the line's breaker is open, unless a transaction is under way."""

    def __init__(self, target: str, *, line: Line) -> None:
        self.line = line
        self._target = target
        self._in_use = False
        self._wait_s = line.patience.connect_s
        self._suspect_s = line.patience.suspect_s
        self._require_admission()
        try:
            super().__init__(target)
        except BaseException:
            line.breaker.failed()
            raise

    def taken(self, patience: Patience | None = None) -> None:
        """Out of the pool: statements come, with the line's own patience or another."""
        chosen = patience or self.line.patience
        self._in_use, self._wait_s, self._suspect_s = True, chosen.statement_s, chosen.suspect_s

    def returned(self) -> None:
        """Back in the pool: what comes next is the question whether the server is there."""
        self._in_use, self._wait_s = False, self.line.patience.ping_s

    def wait(self) -> None:
        """Until the answer is there. Raises ServerSilent."""
        end_s = time.monotonic() + self._wait_s
        if self._in_use:
            self._await_statement(end_s)
            return
        self._require_admission()
        if not wait_ready(self, end_s):
            raise ServerSilent(f"the database did not answer within {self._wait_s:g} s")
        self.line.breaker.worked()

    def _await_statement(self, end_s: float) -> None:
        suspect_s = self._suspect_s
        look_s = end_s if suspect_s is None else min(end_s, time.monotonic() + suspect_s)
        while not wait_ready(self, look_s):
            if suspect_s is None or time.monotonic() >= end_s:
                raise ServerSilent(f"the database did not answer within {self._wait_s:g} s")
            if not self.line.alive(self._target) and not wait_ready(self, 0.0):
                raise ServerSilent("the database has stopped answering")
            look_s = min(end_s, time.monotonic() + suspect_s)

    def _require_admission(self) -> None:
        if not self.line.breaker.admit():
            raise ServerSilent("the database did not answer a moment ago")


def wait_ready(connection: Psycopg2Connection, end_s: float) -> bool:
    """Let libpq read and write until it is done; False where ``end_s`` of the monotonic clock comes before that."""
    while (state := connection.poll()) != POLL_OK:
        if state not in _EVENTS:
            raise psycopg2.OperationalError("the connection to the database is broken")
        rest_s = max(end_s - time.monotonic(), 0.0)
        poller = select.poll()
        poller.register(connection.fileno(), _EVENTS[state])
        if not poller.poll(None if rest_s == math.inf else math.ceil(rest_s * 1000)) and end_s <= time.monotonic():
            return False
    return True


def _wait(connection: Psycopg2Connection) -> None:
    if isinstance(connection, PatientConnection):
        connection.wait()
    else:  # somebody else's connection waits as it always did
        wait_ready(connection, math.inf)


def install() -> None:
    """Have psycopg2 wait our way, in the whole process."""
    set_wait_callback(_wait)
