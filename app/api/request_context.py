"""Gives each request an id, in the answer and in the log, and turns a bug into a problem document."""

import logging
import re
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.errors import internal_error
from app.core.logging import request_id, request_state
from app.core.redaction import redact

HEADER = "X-Request-ID"
HARDENING = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""Headers of every answer that sets none of its own."""
_ACCEPTED = re.compile(r"[A-Za-z0-9._:-]{1,128}")
log = logging.getLogger(__name__)


class RequestContext:
    """ASGI middleware. A client's own id is taken over where it is harmless in a log and no secret."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        sent = Headers(scope=scope).get(HEADER, "")
        chosen = sent if _ACCEPTED.fullmatch(sent) and redact(sent) == sent else uuid4().hex
        started = False

        async def send_with_id(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                headers[HEADER] = chosen
                for name, value in HARDENING.items():
                    headers.setdefault(name, value)
            await send(message)

        tokens = request_id.set(chosen), request_state.set(scope.setdefault("state", {}))
        try:
            await self._app(scope, receive, send_with_id)
        except ClientDisconnect:
            log.info("%s %s: the client went away", scope["method"], scope["path"])
        except Exception:
            log.exception("%s %s failed", scope["method"], scope["path"])
            if started:
                raise
            await internal_error(scope["path"])(scope, receive, send_with_id)
        finally:
            request_id.reset(tokens[0])
            request_state.reset(tokens[1])
