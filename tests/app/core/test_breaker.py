"""One caller at a time finds out; the others are told."""

import threading

from app.core.breaker import Breaker
from pipeline.processes import wait_until


def admitted_elsewhere(breaker: Breaker) -> bool:
    """What another thread is told."""
    told: list[bool] = []
    thread = threading.Thread(target=lambda: told.append(breaker.admit()))
    thread.start()
    thread.join(10)
    return told[0]


def test_closed_until_a_failure() -> None:
    breaker = Breaker(open_s=60)
    assert breaker.admit()
    breaker.failed()
    assert breaker.open
    assert not breaker.admit()
    breaker.worked()
    assert not breaker.open
    assert breaker.admit()


def test_one_probe_at_a_time() -> None:
    breaker = Breaker(open_s=0.05)
    breaker.failed()
    assert wait_until(breaker.admit, within_s=10, interval_s=0.01)
    assert breaker.admit(), "the probe may ask more than once"
    assert not admitted_elsewhere(breaker)
    breaker.failed()
    assert not breaker.admit(), "and then everybody waits again"
    assert wait_until(lambda: admitted_elsewhere(breaker), within_s=10, interval_s=0.01)
    assert not breaker.admit()
    breaker.worked()
    assert breaker.admit()
    assert admitted_elsewhere(breaker)
