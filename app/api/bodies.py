"""Reads a request's body block by block."""

from collections.abc import AsyncIterator

import anyio
from fastapi import Request
from starlette.requests import ClientDisconnect

from app.api.errors import RequestTimeout

STALL_S = 60.0
"""A sender that is silent for so long has gone without saying so."""


def content_length(request: Request) -> int | None:
    """The announced length in bytes; None where there is none, as with chunked bodies."""
    announced = request.headers.get("content-length", "")
    return int(announced) if announced.isascii() and announced.isdigit() else None


async def blocks_of(request: Request) -> AsyncIterator[bytes]:
    """The body as it arrives. Raises ClientDisconnect, or RequestTimeout where the sender has stalled."""
    more = True
    while more:
        with anyio.move_on_after(STALL_S) as waiting:
            message = await request.receive()
        if waiting.cancelled_caught:
            raise RequestTimeout(f"Nothing arrived for {STALL_S:g} s.")
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        more = message.get("more_body", False)
        if block := message.get("body", b""):
            yield block
