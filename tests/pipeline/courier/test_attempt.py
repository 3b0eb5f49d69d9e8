"""What an attempt means for the next one: tables, without a network."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.courier.attempt import (
    JITTER,
    LONGEST_RETRY_AFTER_S,
    SCHEDULE_S,
    Attempt,
    Verdict,
    judge,
    read_retry_after,
)

DOCUMENTATION = Path(__file__).resolve().parents[3] / "docs" / "webhooks.md"
NOW = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
FAILED = Attempt(NOW, 0.1, 500, "The receiver answered 500.")


def test_the_schedule_covers_more_than_a_day() -> None:
    shortest_s = sum(judge(FAILED, n, chance=lambda: 0.0).pause_s for n in range(len(SCHEDULE_S)))
    longest_s = sum(judge(FAILED, n, chance=lambda: 1.0).pause_s for n in range(len(SCHEDULE_S)))
    assert shortest_s == 92_555
    assert shortest_s >= 24 * 3600
    assert longest_s == pytest.approx(92_555 * 1.1)
    assert list(SCHEDULE_S) == sorted(SCHEDULE_S)


def test_the_documentation_has_the_schedule() -> None:
    units = {"s": 1, "min": 60, "h": 3600}
    (row,) = re.findall(r"^\| pause \| (.+) \|$", DOCUMENTATION.read_text(), re.MULTILINE)
    assert [int(n) * units[unit] for n, unit in (cell.split() for cell in row.split(" | "))] == list(SCHEDULE_S)


def test_pauses_differ_by_chance_and_are_never_shorter() -> None:
    pauses_s = {judge(FAILED, 3).pause_s for _ in range(50)}
    assert len(pauses_s) > 1
    assert all(SCHEDULE_S[3] <= pause_s <= SCHEDULE_S[3] * (1 + JITTER) for pause_s in pauses_s)


@pytest.mark.parametrize(
    ("attempt", "before", "status"),
    [
        (Attempt(NOW, 0.1, 200), 0, "delivered"),
        (Attempt(NOW, 0.1, 200), 30, "delivered"),
        (FAILED, 0, "pending"),
        (FAILED, len(SCHEDULE_S) - 1, "pending"),
        (FAILED, len(SCHEDULE_S), "failed"),
        (FAILED, 30, "failed"),
        (Attempt(NOW, 0.1, 410, "Gone.", final=True), 0, "failed"),
        (Attempt(NOW, 0.1, None, "Refused.", final=True), 0, "failed"),
    ],
)
def test_verdicts(attempt: Attempt, before: int, status: str) -> None:
    assert judge(attempt, before).status == status


@pytest.mark.parametrize(
    ("retry_after_s", "pause_s"),
    [(0.0, 5.0), (3.0, 5.0), (60.0, 60.0), (10.0**9, LONGEST_RETRY_AFTER_S)],
)
def test_a_request_for_time_only_prolongs_a_pause(retry_after_s: float, pause_s: float) -> None:
    asked = Attempt(NOW, 0.1, 429, "The receiver answered 429.", retry_after_s=retry_after_s)
    assert judge(asked, 0, chance=lambda: 0.0) == Verdict("pending", pause_s)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("", 0),
        ("120", 120),
        ("-5", 0),
        ("1.5", 0),
        ("soon", 0),
        ("١٢", 0),
        ("9" * 400, 999_999_999),
        ("Fri, 02 Jan 2026 12:01:00 GMT", 60),
        ("Fri, 02 Jan 2026 12:01:00", 60),
        ("Fri, 02 Jan 2026 11:00:00 GMT", 0),
        ("Fri, 99 Jan 2026 11:00:00 GMT", 0),
        ("120, 120", 0),
    ],
)
def test_retry_after(text: str, seconds: float) -> None:
    assert read_retry_after(text, NOW) == seconds
