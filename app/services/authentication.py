"""From the key a caller shows to whom it stands for, remembered for a few seconds so that polling costs no query."""

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from threading import Lock

from sqlalchemy.orm import Session, sessionmaker

from app.core.principal import Principal
from app.models import ApiKey
from app.services.api_keys import find_key, note_use

REMEMBERED_S = 5.0
"""A revoked key works for this much longer at the most."""
MAX_REMEMBERED = 10_000
Clock = Callable[[], float]


class Authentication:
    """Finds principals. ``known`` asks the memory alone; ``find`` asks the database too, and blocks."""

    def __init__(self, sessions: sessionmaker[Session], *, clock: Clock = time.monotonic) -> None:
        self._sessions = sessions
        self.clock = clock
        self._lock = Lock()
        self._memory: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    def known(self, shown: str) -> Principal | None:
        """The principal of a key that was right a moment ago."""
        with self._lock:
            found = self._memory.get(_digest(shown))
        return found[1] if found is not None and found[0] > self.clock() else None

    def was_right(self, shown: str) -> bool:
        """Whether the key was right once, and may be so no longer: it is worth asking the database about it."""
        with self._lock:
            return _digest(shown) in self._memory

    def find(self, shown: str) -> Principal | None:
        """The principal of a live key, else None. Wrong keys are not remembered: they could fill the memory."""
        with self._sessions.begin() as session:
            row = find_key(session, shown)
            if row is not None:
                note_use(session, row)
                principal = Principal(row.owner, row.prefix, frozenset(row.scopes))
                until_s = self.clock() + min(REMEMBERED_S, _seconds_left(row))
        if row is None:
            with self._lock:
                self._memory.pop(_digest(shown), None)
            return None
        with self._lock:
            self._memory[_digest(shown)] = (until_s, principal)
            self._memory.move_to_end(_digest(shown))
            while len(self._memory) > MAX_REMEMBERED:
                self._memory.popitem(last=False)
        return principal


def _seconds_left(row: ApiKey) -> float:
    return math.inf if row.expires_at is None else (row.expires_at - datetime.now(UTC)).total_seconds()


def _digest(shown: str) -> bytes:
    """What is kept is no key."""
    return hashlib.sha256(shown.encode("utf-8", "surrogateescape")).digest()
