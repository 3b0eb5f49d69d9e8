"""When nobody was there to do it: no engine runs a step while every worker is dead, frozen or still starting."""

from collections.abc import Iterator
from typing import Any

Interval = tuple[float, float]
"""Unix seconds."""
GONE = {"killed": "victim", "frozen": "victim", "struck": "pid"}


def nobody(lines: list[dict[str, Any]], role: str) -> list[Interval]:
    """The times in which no process that had said to be a ready ``role`` (worker, api) lived unfrozen."""
    return list(_nobody(sorted(lines, key=lambda line: float(line["t"])), role))


def _nobody(lines: list[dict[str, Any]], role: str) -> Iterator[Interval]:
    known, up, since = set[int](), set[int](), 0.0
    for line in lines:
        before = bool(up)
        if line["event"] == "ready" and line["role"] == role:
            known.add(line["pid"])
            up.add(line["pid"])
        elif line["event"] == "thawed" and line["victim"] in known:
            up.add(line["victim"])
        elif line["event"] in GONE:
            up.discard(line[GONE[line["event"]]])
        if before and not up:
            since = line["t"]
        elif up and not before:
            yield since, line["t"]
    if not up:
        yield since, float("inf")


def net(begin: float, end: float, left_out: list[Interval]) -> float:
    """The seconds from ``begin`` to ``end`` that are in none of ``left_out``, which do not overlap."""
    return end - begin - sum(max(0.0, min(end, last) - max(begin, first)) for first, last in left_out)
