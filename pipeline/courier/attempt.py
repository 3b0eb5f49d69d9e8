"""One attempt to deliver an event, and what its outcome means for the next one."""

import random
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from threading import Event
from typing import Literal

from pipeline.egress import Egress, EgressFailed, EgressRefused, EgressStopped

SCHEDULE_S = (5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 36000)
"""Pauses after the first, second, … attempt that failed: eleven attempts over 25.7 hours at the least."""
JITTER = 0.1
"""Pauses are up to this much longer, so that what failed together does not come back together."""
LONGEST_RETRY_AFTER_S = 12 * 3600
TIMEOUT_S = 15.0
DEADLINE_S = 20.0
DRAINED_BYTES = 16 * 1024
"""Of an answer nobody reads: receivers that write one do not like to be hung up on."""
GONE = 410
ASK_LATER = (429, 503)


@dataclass(frozen=True)
class Attempt:
    """``error`` is None exactly when it was accepted; ``final`` says that to try again would be no use."""

    attempted_at: datetime
    duration_s: float
    status_code: int | None = None
    error: str | None = None
    final: bool = False
    retry_after_s: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """``pause_s`` is until the next attempt, where there is one."""

    status: Literal["delivered", "failed", "pending"]
    pause_s: float = 0.0


def judge(attempt: Attempt, attempts_before: int, *, chance: Callable[[], float] = random.random) -> Verdict:
    """What comes after an attempt. ``chance`` gives 0 to 1."""
    if attempt.error is None:
        return Verdict("delivered")
    if attempt.final or attempts_before >= len(SCHEDULE_S):
        return Verdict("failed")
    pause_s = SCHEDULE_S[attempts_before] * (1 + JITTER * chance())
    return Verdict("pending", max(pause_s, min(attempt.retry_after_s, LONGEST_RETRY_AFTER_S)))


def attempt_delivery(egress: Egress, url: str, headers: Mapping[str, str], body: bytes, stop: Event) -> Attempt:
    """POST ``body`` to ``url``, which stays out of everything that is returned. Raises EgressStopped alone."""
    began, began_s = datetime.now(UTC), time.monotonic()
    status_code, error, final, retry_after_s = None, None, False, 0.0
    try:
        with egress.stream(
            "POST", url, headers=headers, body=body, timeout_s=TIMEOUT_S, deadline_s=DEADLINE_S, stop=stop
        ) as answer:
            status_code = answer.status
            error, final = _complaint(status_code)
            if status_code in ASK_LATER:
                retry_after_s = read_retry_after(answer.headers.get("retry-after", ""), began)
            with suppress(EgressFailed, EgressStopped):  # the status has been said
                left = DRAINED_BYTES
                while left > 0 and (chunk := next(answer.chunks, None)) is not None:
                    left -= len(chunk)
    except EgressRefused as refusal:
        error, final = str(refusal), True
    except EgressFailed as failure:
        error = str(failure)
    return Attempt(began, time.monotonic() - began_s, status_code, error, final, retry_after_s)


def _complaint(status: int) -> tuple[str | None, bool]:
    """What is wrong with a status, and whether that is final."""
    if 200 <= status < 300:
        return None, False
    if status == GONE:
        return "The receiver answered 410: it is gone for good, and is not asked again.", True
    if 300 <= status < 400:
        return f"The receiver answered {status}. Redirects are not followed: give its final address.", False
    return f"The receiver answered {status}.", False


def read_retry_after(text: str, now: datetime) -> float:
    """Seconds from ``now``, at least 0, that a Retry-After asks for: a number or an HTTP date. 0 for anything else."""
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 0.0
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())
