"""Limits each client address, and tells how a caller stands in ``RateLimit-Policy`` and ``RateLimit``.

Whoever needs no key is on this machine, and is not limited. The limit of a key is counted where the key is known, in
``app.api.auth``, which leaves its standing in the scope; the headers go onto every answer, refusals too.
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.auth import STANDINGS
from app.api.errors import problem_response
from app.core.exposure import keys_required
from app.core.settings import Settings
from app.services.job_view import API
from app.services.rate_limits import RateLimited, RateLimits, Standing, network_of

_PROBES = ("/livez", "/readyz", "/metrics")
EXEMPT = frozenset((*_PROBES, *(f"{API}{path}" for path in _PROBES), "/", "/docs", "/redoc", "/openapi.json"))
EXEMPT_BELOW = "/docs-static/"


class RateLimiting:
    """ASGI middleware. Counts before anything of the request is read."""

    def __init__(self, app: ASGIApp, *, settings: Settings, limits: RateLimits) -> None:
        self._app = app
        self._settings = settings
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope.get("path", "")
        if scope["type"] != "http" or path in EXEMPT or path.startswith(EXEMPT_BELOW):
            await self._app(scope, receive, send)
            return
        standings: list[Standing] = []
        scope[STANDINGS] = standings

        async def telling_send(message: Message) -> None:
            if standings and message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["RateLimit-Policy"] = ", ".join(each.limit.policy for each in standings)
                headers["RateLimit"] = ", ".join(each.item for each in standings)
            await send(message)

        try:
            await self._count_address(scope, standings)
        except RateLimited as refusal:
            await problem_response(path, refusal)(scope, receive, telling_send)
        else:
            await self._app(scope, receive, telling_send)

    async def _count_address(self, scope: Scope, standings: list[Standing]) -> None:
        if not keys_required(self._settings, scope.get("server")):
            return
        client = scope.get("client")
        standing = await self._limits.count(self._limits.address, network_of(client[0] if client else None))
        if standing is not None:
            standings.append(standing)
            standing.require()
