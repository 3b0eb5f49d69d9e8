"""A broker that is down in any way costs a caller less than a second, and hardly anybody a thread."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from celery import Celery

from app.core.bell import Bell
from app.core.queue import make_celery, ring
from pipeline.processes import wait_until
from tests.app.conftest import make_settings
from tests.outages import BreakableRedis, frozen
from tests.tcp_proxy import TcpProxy

pytestmark = pytest.mark.stack
WITHIN_S = 1.0


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BreakableRedis]:
    with BreakableRedis(tmp_path_factory.mktemp("redis")) as redis:
        yield redis


@pytest.fixture
def proxy(redis: BreakableRedis) -> Iterator[TcpProxy]:
    with TcpProxy(("127.0.0.1", redis.port)) as proxy:
        yield proxy


@pytest.fixture
def celery(proxy: TcpProxy) -> Iterator[Celery]:
    """What the API rings with, connected."""
    celery = make_celery(make_settings(broker_url=f"redis://127.0.0.1:{proxy.port}/0"), client=True)
    assert wait_until(lambda: ring(celery, uuid4()), within_s=10)
    yield celery
    celery.close()


def timed_ring(celery: Celery) -> tuple[bool, float]:
    began_s = time.monotonic()
    return ring(celery, uuid4()), time.monotonic() - began_s


@pytest.mark.parametrize("how", ["hold", "refuse and cut", "unreachable and cut"])
def test_nobody_waits_for_a_broker_that_is_down(celery: Celery, proxy: TcpProxy, how: str) -> None:
    for act in how.split(" and "):
        getattr(proxy, act)()
    sent, first_s = timed_ring(celery)
    again, second_s = timed_ring(celery)
    assert not sent
    assert not again
    assert first_s < WITHIN_S
    assert second_s < 0.1, "what is known is not asked again"
    print(f"{how}: {first_s:.3f} s, then {second_s:.4f} s")
    proxy.pass_on()
    assert wait_until(lambda: ring(celery, uuid4()), within_s=20)


def test_a_connection_that_was_cut_is_replaced_unseen(celery: Celery, proxy: TcpProxy) -> None:
    proxy.cut()
    assert ring(celery, uuid4())


def test_a_burst_on_a_frozen_broker_makes_no_threads(celery: Celery, proxy: TcpProxy) -> None:
    proxy.hold()
    before, took_s = threading.active_count(), []
    most = before

    def submit() -> None:
        _, seconds = timed_ring(celery)
        took_s.append(seconds)

    for _ in range(10):
        threads = [threading.Thread(target=submit) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        most = max(most, threading.active_count())
    assert len(took_s) == 200
    assert max(took_s) < WITHIN_S
    assert most <= before + 1, "one thread rings for all"
    assert sum(took_s) < 60, "most did not wait at all"
    proxy.pass_on()
    assert wait_until(lambda: ring(celery, uuid4()), within_s=20)


def test_the_server_itself_frozen_and_killed(tmp_path: Path) -> None:
    with BreakableRedis(tmp_path) as redis:
        celery = make_celery(make_settings(broker_url=redis.url), client=True)
        assert wait_until(lambda: ring(celery, uuid4()), within_s=10)
        with frozen(redis.pid):
            sent, took_s = timed_ring(celery)
            assert not sent
            assert took_s < WITHIN_S
        assert wait_until(lambda: ring(celery, uuid4()), within_s=20)
        redis.kill()
        sent, took_s = timed_ring(celery)
        assert not sent
        assert took_s < WITHIN_S
        redis.start()
        assert wait_until(lambda: ring(celery, uuid4()), within_s=20)
        celery.close()


def test_what_nobody_waits_for_is_not_sent_late() -> None:
    bell, hang, sent = Bell(), threading.Event(), []
    assert not bell.ring(lambda: hang.wait(20), "slow")
    bell._breaker.worked()
    assert not bell.ring(lambda: sent.append("late"), "late")
    hang.set()
    bell._breaker.worked()
    assert bell.ring(lambda: sent.append("now"), "now")
    assert sent == ["now"]


def test_no_fault_of_a_driver_gets_out() -> None:
    def broken() -> None:
        raise KeyError("a driver's bug")

    assert not Bell().ring(broken, "job")
