"""Lets a refusal be read by a client that is still sending.

Closing a connection with unread bytes makes the kernel reset it, and the reset may overtake the answer. So after an
answer to a half-read body the connection is kept for a while and what still arrives is thrown away, as nginx's
``lingering_close`` does.
"""

import time
from collections.abc import Callable

import anyio
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LINGER_S = 10.0
IDLE_S = 2.0


class Lingering:
    """ASGI middleware, outermost: the answer goes out whole before the rest of the body is thrown away."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD", "OPTIONS"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        has_body = headers.get("transfer-encoding") is not None or headers.get("content-length", "0") != "0"
        # Without a first read, a client that asked "Expect: 100-continue" has sent nothing and will not.
        begun = "100-continue" not in headers.get("expect", "").lower()
        ended = not has_body

        async def counted_receive() -> Message:
            nonlocal begun, ended
            begun = True
            message = await receive()
            if message["type"] != "http.request" or not message.get("more_body", False):
                ended = True
            return message

        async def lingering_send(message: Message) -> None:
            unread = begun and not ended
            if message["type"] == "http.response.start" and not ended:
                message = {**message, "headers": [*message.get("headers", []), (b"connection", b"close")]}
            if message["type"] == "http.response.body" and unread and not message.get("more_body", False):
                await send({**message, "more_body": True})
                await _drain(counted_receive, lambda: ended)
                message = {"type": "http.response.body", "body": b"", "more_body": False}
            await send(message)

        await self._app(scope, counted_receive, lingering_send)


async def _drain(receive: Receive, ended: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LINGER_S
    while not ended() and time.monotonic() < deadline:
        with anyio.move_on_after(IDLE_S) as idle:
            await receive()
        if idle.cancelled_caught:
            return
