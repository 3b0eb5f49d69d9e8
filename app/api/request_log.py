"""One log line and one count for each request: the route's template, never the path's values or the query."""

import logging
import time
from typing import Any
from uuid import UUID

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.services.job_view import API
from app.services.metrics import Metrics

UNMATCHED = "unmatched"
WENT_AWAY = 499
"""As nginx has it: the client was gone before there was an answer."""
log = logging.getLogger("lectern.access")


class RequestLog:
    """ASGI middleware, inside the one that gives the request its id."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, size_bytes, started_s = 0, 0, time.perf_counter()

        async def counted_send(message: Message) -> None:
            nonlocal status, size_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
            elif message["type"] == "http.response.body":
                size_bytes += len(message.get("body", b""))
            await send(message)

        self._metrics.begin()
        try:
            await self._app(scope, receive, counted_send)
        except ClientDisconnect:
            status = status or WENT_AWAY
            raise
        finally:
            self._tell(scope, status or 500, time.perf_counter() - started_s, size_bytes)

    def _tell(self, scope: Scope, status: int, duration_s: float, size_bytes: int) -> None:
        method, route = scope["method"], _template(scope)
        self._metrics.end(method=method, route=route, status=status, duration_s=duration_s)
        if not log.isEnabledFor(logging.INFO):
            return
        fields: dict[str, Any] = {
            "method": method,
            "route": route,
            "status": status,
            "duration_s": round(duration_s, 4),
            "size_bytes": size_bytes,
            "address": scope["client"][0] if scope.get("client") else None,
            "job_id": _job_id(scope),
        }
        log.info("%s %s %d in %.4f s, %d bytes", method, route, status, duration_s, size_bytes, extra=fields)


def _template(scope: Scope) -> str:
    """The whole template: FastAPI leaves the route that was included, which does not know its prefix."""
    path = getattr(scope.get("route"), "path", None)
    if not path:
        return UNMATCHED
    return f"{API}{path}" if scope["path"].startswith(f"{API}/") else str(path)


def _job_id(scope: Scope) -> str | None:
    """The job that the path names, where it is the id of one."""
    try:
        return str(UUID(scope.get("path_params", {})["job_id"]))
    except (KeyError, ValueError):
        return None
