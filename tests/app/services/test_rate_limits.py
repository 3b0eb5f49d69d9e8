"""Requests a minute: counted here, counted together in Redis, and not at all held up by a Redis that is away."""

import asyncio
import time
from collections.abc import Iterator

import pytest
from redis import Redis

from app.core.settings import Settings
from app.services.rate_limits import REDIS_WITHIN_S, RateLimited, RateLimits, Standing, network_of
from tests.app.conftest import make_settings
from tests.end_to_end.conftest import running_redis
from tests.tcp_proxy import TcpProxy

MINUTE = 29_000_000


class Clock:
    """In the middle of a minute, and it stands still."""

    def __init__(self) -> None:
        self.now_s = MINUTE * 60 + 20.5

    def __call__(self) -> float:
        return self.now_s


async def stand(limits: RateLimits, whose: str = "a") -> Standing:
    found = await limits.count(limits.key, whose)
    assert found is not None
    return found


def test_counting() -> None:
    async def run() -> None:
        clock = Clock()
        limits = RateLimits(make_settings(key_rate_per_minute=2), clock=clock)
        first, second, third = [await stand(limits) for _ in range(3)]
        assert [each.item for each in (first, second, third)] == [
            '"key";r=1;t=40',
            '"key";r=0;t=40',
            '"key";r=0;t=40',
        ]
        second.require()
        with pytest.raises(RateLimited) as refused:
            third.require()
        assert refused.value.headers == {"Retry-After": "40"}
        assert (await stand(limits, "b")).count == 1
        assert (await limits.count(limits.address, "a")).count == 1  # type: ignore[union-attr]  # there is a limit
        clock.now_s += 40
        assert (await stand(limits)).count == 1
        await limits.count(limits.key, "a", by=-1)
        assert (await stand(limits)).count == 1
        assert limits.key.policy == '"key";q=2;w=60'

    asyncio.run(run())


def test_zero_is_no_limit() -> None:
    limits = RateLimits(make_settings(key_rate_per_minute=0))
    assert asyncio.run(limits.count(limits.key, "a")) is None


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
        ("", "-"),
        (None, "-"),
    ],
)
def test_whose_an_address_is(address: str | None, network: str) -> None:
    assert network_of(address) == network


@pytest.fixture(scope="module")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_redis(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def proxy(redis_url: str) -> Iterator[TcpProxy]:
    with Redis.from_url(redis_url) as server:
        server.flushall()
    with TcpProxy(("127.0.0.1", int(redis_url.rsplit(":", 1)[1].split("/", maxsplit=1)[0]))) as proxy:
        yield proxy


@pytest.fixture
def shared(proxy: TcpProxy) -> Settings:
    return make_settings(key_rate_per_minute=1000, broker_url=f"redis://127.0.0.1:{proxy.port}/0")


@pytest.mark.stack
def test_processes_count_together(shared: Settings, redis_url: str) -> None:
    async def run() -> None:
        one, other = RateLimits(shared, clock=Clock()), RateLimits(shared, clock=Clock())
        counts = [(await stand(each)).count for each in (one, other, one, other)]
        assert counts == [1, 2, 3, 4]
        assert (await stand(other, "b")).count == 1
        await other.count(other.key, "b", by=-1)
        assert (await stand(one, "b")).count == 1
        await one.close()
        await other.close()

    asyncio.run(run())
    with Redis.from_url(redis_url) as server:
        left = {key: server.ttl(key) for key in server.keys("lectern:rate:*")}
    assert left
    assert all(0 < seconds <= 120 for seconds in left.values()), "counts do not stay"


@pytest.mark.stack
def test_many_at_once(shared: Settings) -> None:
    async def run() -> None:
        limits = RateLimits(shared, clock=Clock())
        standings = await asyncio.gather(*(stand(limits) for _ in range(200)))
        assert max(each.count for each in standings) == 200
        await limits.close()

    asyncio.run(run())


@pytest.mark.stack
@pytest.mark.parametrize("outage", ["hold", "cut", "refuse"])
def test_an_outage_costs_no_request_anything(shared: Settings, proxy: TcpProxy, outage: str) -> None:
    async def run() -> None:
        limits = RateLimits(shared, clock=Clock())
        for _ in range(3):
            await stand(limits)
        if outage == "hold":
            proxy.hold()
        else:
            proxy.refuse()
            proxy.cut()
        started_s = time.perf_counter()
        counts = [(await stand(limits)).count for _ in range(100)]
        assert time.perf_counter() - started_s < REDIS_WITHIN_S * 10, "one waits, the others know"
        assert counts == list(range(4, 104)), "each process goes on from what it knows"
        assert limits.alone
        proxy.pass_on()
        deadline = time.monotonic() + 20
        while limits.alone:
            assert time.monotonic() < deadline, "Redis is back and nobody noticed"
            await asyncio.sleep(0.02)
        other = RateLimits(shared, clock=Clock())
        before = (await stand(limits)).count
        assert before >= 104
        assert (await stand(other)).count >= 4, "what was shared before counts"
        await limits.close()
        await other.close()

    asyncio.run(run())


@pytest.mark.stack
def test_a_redis_that_was_never_there(redis_url: str) -> None:
    async def run() -> None:
        limits = RateLimits(make_settings(broker_url="redis://127.0.0.1:1/0"), clock=Clock())
        assert [(await stand(limits)).count for _ in range(5)] == [1, 2, 3, 4, 5]
        await limits.close()

    asyncio.run(run())
