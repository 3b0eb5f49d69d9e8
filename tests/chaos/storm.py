"""What goes wrong, chosen by a seed: every milestone is struck at least once, and everything else at random.

``disk`` is a small file system of the service's own that may be filled, or None; ``children``: agents are killed too.
"""

import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from app.core.milestones import MILESTONES
from pipeline.lease import LEASE_S
from tests.chaos import history
from tests.chaos.cluster import Cluster

DISK_FULL_S = 4.0


class Storm:
    """``blow`` does one thing, ``tend`` ends what lasts, ``calm`` ends it all."""

    def __init__(self, cluster: Cluster, seed: int, *, disk: Path | None, children: bool) -> None:
        self._cluster = cluster
        self._chance = random.Random(seed)
        self._disk = disk
        self._ends: list[tuple[float, Callable[[], None]]] = []
        # With real agents jobs are few, and some points would be waited for: they are struck under fast jobs.
        self._milestones = [] if children else list(MILESTONES)
        self._chance.shuffle(self._milestones)
        self.done: dict[str, int] = {}
        blows: list[tuple[int, Callable[[], None]]] = [
            (6, self._kill_worker),
            (2, self._kill_api),
            (2, self._kill_redis),
            (1, self._kill_postgres),
            (2, self._flush_redis),
            (3, self._cut_redis),
            (3, self._cut_postgres),
            (1, self._hold_redis),
            (1, self._hold_postgres),
            (1, self._freeze_worker),
            (1, self._freeze_postgres),
        ]
        if children:
            blows.append((4, self._kill_child))
        if disk is not None:
            blows.append((1, self._fill_disk))
        self._blows = [blow for weight, blow in blows for _ in range(weight)]
        self._first = [self._freeze_worker, *(blow for _, blow in blows if blow != self._freeze_worker)]
        self.missed: list[str] = []
        self._turn = 0

    @property
    def over(self) -> bool:
        """Everything has happened once."""
        return not self._first and not self.milestones_left

    @property
    def milestones_left(self) -> list[str]:
        """Not asked for yet, or asked for and not reached yet."""
        return [*self._milestones, *sorted(path.name for path in self._cluster.strikes.iterdir())]

    def blow(self) -> None:
        """Strikes and other things in turn; each thing happens once before any happens twice."""
        self._turn += 1
        asked = any(self._cluster.strikes.iterdir())
        if self._milestones and self._turn % 2 and not asked and not self._cluster.frozen:
            self._cluster.strike_at(self._milestones.pop())
            self._count("strike")
        else:
            (self._first.pop(0) if self._first else self._chance.choice(self._blows))()

    def tend(self) -> None:
        """End what lasts for a while."""
        now_s = time.monotonic()
        for due_s, end in [each for each in self._ends if each[0] <= now_s]:
            end()
            self._ends = [each for each in self._ends if each != (due_s, end)]
        self._cluster.tend()

    def calm(self) -> None:
        """Everything works again, and nothing more will go wrong."""
        for _, end in self._ends:
            end()
        self._ends = []
        self.missed = self.milestones_left
        for path in self._cluster.strikes.iterdir():
            path.unlink(missing_ok=True)
        self._cluster.redis_proxy.pass_on()
        self._cluster.postgres_proxy.pass_on()
        self._cluster.tend(all_now=True)

    def _count(self, what: str) -> None:
        history.note("blow", what=what)
        self.done[what] = self.done.get(what, 0) + 1

    def _worker(self) -> str | None:
        """One to hit; None while another one is frozen: somebody must be there for the time it takes to be told."""
        return None if self._cluster.frozen else self._chance.choice(self._cluster.workers)

    def _kill_worker(self) -> None:
        name = self._worker()
        if name is not None:
            self._count("kill worker")
            self._cluster.kill(name)

    def _kill_child(self) -> None:
        """An agent that opens media, of any worker."""
        agents = [each for name in self._cluster.workers for each in self._cluster.children_of(name)]
        if agents:
            self._count("kill agent")
            with suppress(ProcessLookupError):
                os.kill(self._chance.choice(agents), signal.SIGKILL)

    def _kill_api(self) -> None:
        self._count("kill API")
        self._cluster.kill("api")

    def _kill_redis(self) -> None:
        self._count("kill Redis")
        self._cluster.kill("redis")

    def _kill_postgres(self) -> None:
        if "postgres" not in self._cluster.frozen:
            self._count("kill PostgreSQL")
            self._cluster.kill("postgres")

    def _flush_redis(self) -> None:
        self._count("flush Redis")
        self._cluster.flush_redis()

    def _cut_redis(self) -> None:
        self._count("cut connections to Redis")
        self._cluster.redis_proxy.cut_after(self._chance.randrange(2000))

    def _cut_postgres(self) -> None:
        self._count("cut connections to PostgreSQL")
        self._cluster.postgres_proxy.cut_after(self._chance.randrange(20_000))

    def _hold_redis(self) -> None:
        self._count("black-hole Redis")
        self._cluster.redis_proxy.hold()
        self._after(3.0, self._cluster.redis_proxy.pass_on)

    def _hold_postgres(self) -> None:
        self._count("black-hole PostgreSQL")
        self._cluster.postgres_proxy.hold()
        self._after(3.0, self._cluster.postgres_proxy.pass_on)

    def _freeze_worker(self) -> None:
        """Past its lease: others take its steps, and it must find that it has lost them."""
        name = self._worker()
        if name is not None:
            self._count("freeze worker past its lease")
            self._cluster.freeze(name, LEASE_S + 8.0)

    def _freeze_postgres(self) -> None:
        if "postgres" not in self._cluster.frozen:
            self._count("freeze PostgreSQL")
            self._cluster.freeze("postgres", 3.0)

    def _fill_disk(self) -> None:
        assert self._disk is not None
        self._count("fill the disk")
        history.note("disk_full")
        filler = self._disk / "filler"
        try:
            with filler.open("wb") as out:
                while True:
                    out.write(b"\0" * (1 << 20))
        except OSError:
            self._after(DISK_FULL_S, lambda: filler.unlink(missing_ok=True))

    def _after(self, seconds: float, end: Callable[[], None]) -> None:
        self._ends.append((time.monotonic() + seconds, end))
