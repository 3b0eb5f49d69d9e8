"""Refuses requests that a foreign web page could make to a service on this machine (DNS rebinding, cross-site posts).

A browser always tells the host it thinks it speaks to, and the origin of the page for anything but a plain link.
Neither may be foreign. Clients that are no browsers send no Origin and a host they chose. Where API keys are asked for,
a page has nothing to abuse: it does not know the key, and no cookie stands for it.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from app.api.errors import problem_response
from app.core.errors import LecternError
from app.core.exposure import keys_required
from app.core.service_settings import LOOPBACK
from app.core.settings import Settings


class ForeignHost(LecternError):
    code = "foreign_host"
    status = 403
    title = "The service is not known by this name"


class ForeignOrigin(LecternError):
    code = "foreign_origin"
    status = 403
    title = "Pages of this origin may not call the service"


class OriginGuard:
    """ASGI middleware. ``LECTERN_ALLOWED_HOSTS`` adds names, ``LECTERN_CORS_ORIGINS`` adds origins; ``*`` is any."""

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._settings = settings
        public = urlsplit(settings.public_url or "").hostname
        self._hosts = {*LOOPBACK, *settings.allowed_hosts, *([public] if public else [])}
        self._origins = {origin.rstrip("/") for origin in settings.cors_origins}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        guarded = scope["type"] == "http" and not keys_required(self._settings, scope.get("server"))
        refusal = self._refusal(Headers(scope=scope)) if guarded else None
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await problem_response(scope["path"], refusal)(scope, receive, send)

    def _refusal(self, headers: Headers) -> LecternError | None:
        host = headers.get("host", "")
        if "*" not in self._hosts and _name(host) not in self._hosts:
            return ForeignHost("Use the name the service is configured with, or add this one to LECTERN_ALLOWED_HOSTS.")
        origin = headers.get("origin")
        if origin is None or "*" in self._origins or origin in self._origins or urlsplit(origin).netloc == host:
            return None
        return ForeignOrigin("Add the page's origin to LECTERN_CORS_ORIGINS if it is yours.")


def _name(host: str) -> str:
    """The host without its port; empty where there is none that can be read."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""
