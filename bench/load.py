"""A client that costs little: connections that stay open, each sending the same bytes as soon as it has its answer."""

import asyncio
import time


class _Poller(asyncio.Protocol):
    """One connection. ``answers`` counts; the first line of an answer must begin with ``expected``."""

    def __init__(self, request: bytes, expected: bytes) -> None:
        self._request = request
        self._expected = expected
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self.answers = 0
        self.wrong: bytes | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._buffer = b""
        if not head.startswith(self._expected):
            self.wrong = head
        self.answers += 1
        assert self._transport is not None
        self._transport.write(self._request)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def _length(head: bytes) -> int:
    """Of the body that follows; an answer without one (304) has no length."""
    _, found, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


def requests_per_s(port: int, request: bytes, *, expected: bytes, seconds: float, connections: int) -> float:
    """The rate at which the server on loopback answers, after a tenth of the time to warm up."""
    return asyncio.run(_measure(port, request, expected, seconds, connections))


async def _measure(port: int, request: bytes, expected: bytes, seconds: float, connections: int) -> float:
    loop = asyncio.get_running_loop()
    pollers = [_Poller(request, expected) for _ in range(connections)]
    for poller in pollers:
        await loop.create_connection(lambda poller=poller: poller, "127.0.0.1", port)  # type: ignore[misc]  # a default
    await asyncio.sleep(seconds / 10)
    before, started_s = sum(each.answers for each in pollers), time.perf_counter()
    await asyncio.sleep(seconds)
    answers, took_s = sum(each.answers for each in pollers) - before, time.perf_counter() - started_s
    for poller in pollers:
        poller.close()
    wrong = next((each.wrong for each in pollers if each.wrong), None)
    if wrong:
        raise RuntimeError(f"the server answered {wrong.decode('latin-1')}")
    return answers / took_s
