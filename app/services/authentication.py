"""From the key a caller shows to whom it stands for, remembered for a few seconds so that polling costs no query."""

import hashlib
import time
from collections import OrderedDict
from threading import Lock

from sqlalchemy.orm import Session, sessionmaker

from app.core.principal import Principal
from app.services.api_keys import find_key, note_use

REMEMBERED_S = 5.0
"""A revoked key works for this much longer at the most."""
MAX_REMEMBERED = 10_000


class Authentication:
    """Finds principals. ``known`` asks the memory alone; ``find`` asks the database too, and blocks."""

    def __init__(self, sessions: sessionmaker[Session]) -> None:
        self._sessions = sessions
        self._lock = Lock()
        self._memory: OrderedDict[bytes, tuple[float, Principal]] = OrderedDict()

    def known(self, shown: str) -> Principal | None:
        """The principal of a key that was right a moment ago."""
        with self._lock:
            found = self._memory.get(_digest(shown))
        return found[1] if found is not None and found[0] > time.monotonic() else None

    def find(self, shown: str) -> Principal | None:
        """The principal of a live key, else None. Wrong keys are not remembered: they could fill the memory."""
        with self._sessions.begin() as session:
            row = find_key(session, shown)
            if row is None:
                return None
            note_use(session, row)
            principal = Principal(row.owner, row.prefix, frozenset(row.scopes))
        with self._lock:
            self._memory[_digest(shown)] = (time.monotonic() + REMEMBERED_S, principal)
            self._memory.move_to_end(_digest(shown))
            while len(self._memory) > MAX_REMEMBERED:
                self._memory.popitem(last=False)
        return principal


def _digest(shown: str) -> bytes:
    """What is kept is no key."""
    return hashlib.sha256(shown.encode("utf-8", "surrogateescape")).digest()
