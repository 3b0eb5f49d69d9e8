"""Who may send now, so that a slow receiver, or many of one owner, hold up nobody else."""

import threading
from collections import Counter

MOST_AT_ONCE = 16
"""Senders of one worker process."""
MOST_OF_OWNER = 8
MOST_TO_HOST = 4


class Slots:
    """Who may send now: so many in all, for one owner, to one host. Safe between threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._owners: Counter[str] = Counter()
        self._hosts: Counter[str] = Counter()

    def free(self) -> int:
        """How many more may send."""
        with self._changed:
            return MOST_AT_ONCE - self._owners.total()

    def busy_owners(self) -> list[str]:
        """Owners that have as many senders as one may."""
        with self._changed:
            return [owner for owner, count in self._owners.items() if count >= MOST_OF_OWNER]

    def take(self, owner: str, host: str) -> bool:
        """False where there is no room."""
        with self._changed:
            full = self._owners.total() >= MOST_AT_ONCE
            if full or self._owners[owner] >= MOST_OF_OWNER or self._hosts[host] >= MOST_TO_HOST:
                return False
            self._owners[owner] += 1
            self._hosts[host] += 1
            return True

    def give_back(self, owner: str, host: str) -> None:
        with self._changed:
            for counter, name in ((self._owners, owner), (self._hosts, host)):
                counter[name] -= 1
                if not counter[name]:
                    del counter[name]
            self._changed.notify_all()

    def wait_empty(self, timeout_s: float) -> bool:
        """Until nobody sends."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._owners.total(), timeout_s)
