"""Who may send now, so that a slow receiver, or many of one owner, hold up nobody else."""

import threading
import time
from dataclasses import dataclass, field

MOST_AT_ONCE = 16
"""Senders of one worker process."""
MOST_OF_OWNER = 8
MOST_TO_HOST = 4
SHORTEST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0


@dataclass(frozen=True, eq=False)
class Slot:
    """Room for one to send."""

    owner: str
    host: str
    taken_s: float = field(default_factory=time.monotonic)


class Slots:
    """So many in all, for one owner, to one host. Safe between threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._taken: set[Slot] = set()

    def free(self) -> int:
        """How many more may send."""
        with self._changed:
            return MOST_AT_ONCE - len(self._taken)

    def owners(self) -> list[str]:
        """The owner of each that is sending."""
        with self._changed:
            return [slot.owner for slot in self._taken]

    def take(self, owner: str, host: str) -> Slot | float:
        """A slot, or the seconds after which to ask again: the more, the slower the host."""
        with self._changed:
            to_host = [slot.taken_s for slot in self._taken if slot.host == host]
            of_owner = sum(slot.owner == owner for slot in self._taken)
            if len(self._taken) < MOST_AT_ONCE and of_owner < MOST_OF_OWNER and len(to_host) < MOST_TO_HOST:
                slot = Slot(owner, host)
                self._taken.add(slot)
                return slot
            waited_s = time.monotonic() - min(to_host) if to_host else 0.0
            return min(max(waited_s, SHORTEST_PAUSE_S), LONGEST_PAUSE_S)

    def give_back(self, slot: Slot) -> None:
        with self._changed:
            self._taken.discard(slot)
            self._changed.notify_all()

    def wait_empty(self, timeout_s: float) -> bool:
        """Until nobody sends."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._taken, timeout_s)
