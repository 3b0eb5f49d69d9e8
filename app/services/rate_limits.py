"""Requests a minute, counted by whose they are: in this process, and in Redis where several API processes share one.

The windows are the minutes of the clock, so that one number tells all: the library's window strategies would ask Redis
twice. Redis only adds what other processes have counted: while it does not answer, each process counts alone.
"""

import asyncio
import logging
import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any

from limits.aio.storage import RedisStorage
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from app.core.errors import LecternError
from app.core.settings import Settings

WINDOW_S = 60
REDIS_WITHIN_S = 0.1
"""A Redis that takes longer is left alone until a probe beside the requests finds it well."""
PROBE_EVERY_S = 1.0
CONNECTIONS = 20
FAILURES_PER_MINUTE = 30
log = logging.getLogger(__name__)


class RateLimited(LecternError):
    code = "rate_limited"
    status = 429
    title = "Too many requests"


@dataclass(frozen=True)
class Limit:
    """``quota`` requests a minute for each of ``name``; 0 is no limit. ``advice`` tells a person what to do."""

    name: str
    quota: int
    advice: str

    @property
    def policy(self) -> str:
        """The item of ``RateLimit-Policy`` (draft-ietf-httpapi-ratelimit-headers)."""
        return f'"{self.name}";q={self.quota};w={WINDOW_S}'


@dataclass(frozen=True)
class Standing:
    """How one caller stands after a request: ``count`` in this window, which ends in ``reset_s`` seconds."""

    limit: Limit
    count: int
    reset_s: int

    @property
    def item(self) -> str:
        """The item of ``RateLimit``."""
        return f'"{self.limit.name}";r={max(0, self.limit.quota - self.count)};t={self.reset_s}'

    def require(self) -> None:
        """Raises RateLimited where the quota is used up."""
        if self.count > self.limit.quota:
            retry = {"Retry-After": str(self.reset_s)}
            raise RateLimited(f"More than {self.limit.quota} requests in a minute. {self.limit.advice}", headers=retry)


class RateLimits:
    """``key`` and ``address`` are for requests, ``failures`` for keys that are not right. One event loop.

    Nothing here raises because of Redis, and nothing waits for it longer than REDIS_WITHIN_S.
    """

    def __init__(self, settings: Settings, *, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.key = Limit("key", settings.key_rate_per_minute, "Spread them, or raise LECTERN_KEY_RATE_PER_MINUTE.")
        self.address = Limit(
            "address", settings.address_rate_per_minute, "Spread them, or raise LECTERN_ADDRESS_RATE_PER_MINUTE."
        )
        self.failures = Limit("failures", FAILURES_PER_MINUTE, "Check the key, and wait a minute.")
        self._counts: Counter[tuple[str, str]] = Counter()
        self._window = 0
        self._pool = _redis_pool(settings)
        self._shared = _storage(self._pool) if self._pool else None
        self._probing: asyncio.Task[None] | None = None

    async def count(self, limit: Limit, whose: str, *, by: int = 1) -> Standing | None:
        """Count a request and tell how its maker stands; None where there is no limit. ``by`` -1 takes one back."""
        if not limit.quota:
            return None
        now_s = self.clock()
        window = int(now_s // WINDOW_S)
        if window != self._window:
            self._counts.clear()
            self._window = window
        self._counts[limit.name, whose] += by
        count = self._counts[limit.name, whose]
        if self._shared is not None:
            count = max(count, await self._counted_by_all(f"{limit.name}/{whose}/{window}", by))
        return Standing(limit, count, math.ceil((window + 1) * WINDOW_S - now_s))

    @property
    def alone(self) -> bool:
        """Whether Redis is configured and not asked, since it did not answer."""
        return self._probing is not None and not self._probing.done()

    async def close(self) -> None:
        """Give the connections back."""
        if self._probing is not None:
            self._probing.cancel()
        if self._pool is not None:
            await self._pool.disconnect()

    async def _counted_by_all(self, key: str, by: int) -> int:
        if self.alone:
            return 0
        try:
            return await self._increment(key, by)
        except (TimeoutError, OSError, RedisError) as error:
            if not self.alone:
                log.warning("rate limits are counted in this process alone: %s", type(error).__name__)
                self._probing = asyncio.create_task(self._probe())
            return 0

    async def _increment(self, key: str, by: int = 1) -> int:
        assert self._shared is not None
        async with asyncio.timeout(REDIS_WITHIN_S):
            return await self._shared.incr(key, 2 * WINDOW_S, by)

    async def _probe(self) -> None:
        """Until Redis counts again: one that answers and cannot write is no help."""
        while True:
            await asyncio.sleep(PROBE_EVERY_S)
            try:
                await self._increment("probe")
            except (TimeoutError, OSError, RedisError):
                continue
            log.info("rate limits are shared again")
            return


@lru_cache(maxsize=4096)
def network_of(address: str | None) -> str:
    """Whose an address is: itself, or its /64 for IPv6, all of which one subscriber has."""
    try:
        found: IPv4Address | IPv6Address = ip_address(address or "")
    except ValueError:  # a Unix socket
        return address or "-"
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found) >> 64 << 64, 64)))


def _redis_pool(settings: Settings) -> BlockingConnectionPool | None:
    url = settings.broker_url.get_secret_value() if settings.broker_url else ""
    if not url.startswith(("redis://", "rediss://")):
        return None
    return BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=REDIS_WITHIN_S,
        socket_timeout=REDIS_WITHIN_S,
        socket_connect_timeout=REDIS_WITHIN_S,
        retry=Retry(NoBackoff(), 0),
    )


def _storage(pool: BlockingConnectionPool) -> RedisStorage:
    options: dict[str, Any] = {"connection_pool": pool}
    return RedisStorage("async+redis://", implementation="redispy", key_prefix="lectern:rate", **options)
