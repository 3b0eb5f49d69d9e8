"""Routes whose JSON body is bounded, so that nobody fills the memory with one."""

from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.types import Message

from app.api.auth import authenticate
from app.api.bodies import blocks_of, content_length
from app.api.deps import get_parts
from app.core.errors import FileTooLarge

Handler = Callable[[Request], Awaitable[Response]]


def bounded(max_bytes: int) -> type[APIRoute]:
    """For ``APIRouter(route_class=…)``: a body of more bytes is refused with FileTooLarge before it is all there.

    All of them ask for a key, before they read.
    """

    class BoundedRoute(APIRoute):
        def get_route_handler(self) -> Handler:  # type: ignore[override]  # a coroutine function is one of these
            handle = super().get_route_handler()

            async def bounded_handle(request: Request) -> Response:
                await authenticate(request, await get_parts(request))  # a stranger's body is not held in memory
                body = await _read(request, max_bytes)
                return await handle(Request(request.scope, _Replay(body, request)))

            return bounded_handle

    return BoundedRoute


async def _read(request: Request, max_bytes: int) -> bytes:
    if (content_length(request) or 0) > max_bytes:
        raise _too_large(max_bytes)
    body = bytearray()
    async for block in blocks_of(request):
        body += block
        if len(body) > max_bytes:
            raise _too_large(max_bytes)
    return bytes(body)


class _Replay:
    """The body once more for the framework; after it, whatever the connection brings."""

    def __init__(self, body: bytes, request: Request) -> None:
        self._body: bytes | None = body
        self._request = request

    async def __call__(self) -> Message:
        if self._body is None:
            return await self._request.receive()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body, "more_body": False}


def _too_large(max_bytes: int) -> FileTooLarge:
    return FileTooLarge(f"The body is larger than the {max_bytes:,} bytes that this route takes.")
