"""The judge's clock, on tables."""

from tests.chaos.uptime import net, nobody


def test_nobody_is_there_while_all_are_dead_frozen_or_starting() -> None:
    lines = [
        {"t": 1.0, "event": "ready", "role": "worker", "pid": 10},
        {"t": 2.0, "event": "ready", "role": "worker", "pid": 11},
        {"t": 2.5, "event": "ready", "role": "api", "pid": 12},
        {"t": 3.0, "event": "frozen", "victim": 10},
        {"t": 4.0, "event": "struck", "pid": 11},
        {"t": 4.5, "event": "killed", "victim": 12},
        {"t": 6.0, "event": "thawed", "victim": 10},
        {"t": 7.0, "event": "ready", "role": "worker", "pid": 13},
        {"t": 8.0, "event": "killed", "victim": 13},
        {"t": 9.0, "event": "killed", "victim": 10},
    ]
    assert nobody(lines, "worker") == [(0.0, 1.0), (4.0, 6.0), (9.0, float("inf"))]
    assert nobody(lines, "api") == [(0.0, 2.5), (4.5, float("inf"))]


def test_that_time_does_not_count() -> None:
    away = [(0.0, 1.0), (4.0, 6.0), (9.0, float("inf"))]
    assert net(2.0, 3.0, away) == 1.0
    assert net(3.0, 8.0, away) == 3.0
    assert net(5.0, 10.0, away) == 3.0
