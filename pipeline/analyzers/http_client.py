"""The HTTP client that both libraries get: no redirects, answers of bounded size, and a connection that can be shut.

The addresses are the operator's, so private ones are allowed, and proxies are taken from the environment.
"""

import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from math import isfinite

import httpx2

LARGEST_ANSWER_BYTES = 4 << 20
CONNECT_TIMEOUT_S = 10.0


class AnswerTooLarge(httpx2.TransportError):
    """Reading on would fill the memory."""


class AnswerTooSlow(httpx2.TimeoutException):
    """It came drop by drop, so that no single read timed out."""


class _Bounded(httpx2.SyncByteStream):
    def __init__(self, stream: httpx2.SyncByteStream, until_s: float) -> None:
        self._stream, self._until_s = stream, until_s

    def __iter__(self) -> Iterator[bytes]:
        size_bytes = 0
        for chunk in self._stream:
            size_bytes += len(chunk)
            if size_bytes > LARGEST_ANSWER_BYTES:
                raise AnswerTooLarge("the answer is too large")
            if time.monotonic() > self._until_s:
                raise AnswerTooSlow("the answer took too long")
            yield chunk

    def close(self) -> None:
        self._stream.close()


def make_client(timeout_s: float) -> httpx2.Client:
    """A client whose answers have ``timeout_s`` seconds from their first byte, and up to 4 MiB."""
    return httpx2.Client(
        follow_redirects=False,
        timeout=httpx2.Timeout(timeout_s, connect=min(CONNECT_TIMEOUT_S, timeout_s)),
        headers={"accept-encoding": "identity"},
        event_hooks={"response": [partial(_bound, timeout_s)]},
    )


def _bound(timeout_s: float, response: httpx2.Response) -> None:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise AnswerTooLarge("the answer is packed, though nobody asked for that")
    assert isinstance(response.stream, httpx2.SyncByteStream)
    response.stream = _Bounded(response.stream, time.monotonic() + timeout_s)


def never_connected(error: BaseException | None) -> bool:
    """Whether the request did not even reach the server."""
    return isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout)


def wait_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait as a response's headers say; None where they do not."""
    exact_s = retry_after_s(headers.get("retry-after-ms"))
    return exact_s / 1000 if exact_s is not None else retry_after_s(headers.get("retry-after"))


def retry_after_s(header: str | None) -> float | None:
    """Seconds to wait by a ``Retry-After``, a number or a date; None where there is none or it cannot be read."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        try:
            moment = parsedate_to_datetime(header)
        except (ValueError, TypeError, OverflowError):
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
    return max(seconds, 0.0) if isfinite(seconds) else None
