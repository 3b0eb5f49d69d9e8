"""The one way out for URLs that callers name: their recordings, and their webhooks.

Each request has a connection of its own, to an address judged for it. Proxies, cookies, passwords and netrc files of
the environment have no part in it.
"""

import logging
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import urljoin

import httpcore2

from app.core.addresses import networks
from app.core.errors import ForbiddenUrl
from app.core.settings import Settings
from app.services.remote_urls import RemoteUrl, judged_url
from pipeline.egress.connection import GuardedBackend
from pipeline.egress.errors import EgressFailed, EgressRefused
from pipeline.egress.patience import Patience
from pipeline.egress.resolution import Resolver, system_addresses

logging.getLogger("httpcore2").setLevel(logging.INFO)  # its traces hold Location headers, queries included

REDIRECTS = frozenset((301, 302, 303, 307, 308))
FOLLOWED_METHODS = frozenset(("GET", "HEAD"))
CROSS_ORIGIN_HEADERS = frozenset(("accept", "if-range", "range", "user-agent"))
"""What another origin than the first is told, and nothing that might identify."""
OURS = frozenset(("accept-encoding", "connection", "content-length", "host", "transfer-encoding"))
MAX_HEADER_BYTES = 64 * 1024
HEADERS_WITHIN_S = 60.0
"""Connecting, TLS, sending and all of an answer's headers, together."""
USER_AGENT = "Lectern"


@dataclass(frozen=True)
class StreamedAnswer:
    """``headers`` by lower-case name, repeated ones joined by commas. ``shown_url`` is where it came from, sans query.

    ``path`` is that URL's path. ``chunks`` raises EgressFailed, EgressStopped; nothing in it is decoded.
    """

    status: int
    headers: Mapping[str, str]
    shown_url: str
    path: str
    chunks: Iterator[bytes]


@dataclass(frozen=True)
class Answer:
    """``truncated``: there was more than was asked for, and it was left unread."""

    status: int
    headers: Mapping[str, str]
    shown_url: str
    body: bytes
    truncated: bool


class Egress:
    """Calls public addresses, and those in ``settings.egress_networks``. Safe to share between threads.

    ``resolve`` and ``trust`` replace the machine's resolver and its certificate authorities.
    """

    def __init__(
        self, settings: Settings, *, resolve: Resolver = system_addresses, trust: ssl.SSLContext | None = None
    ) -> None:
        self.settings = settings
        self._allowed = networks(settings.egress_networks)
        self._resolve = resolve
        self._trust = trust or httpcore2.default_ssl_context()
        self._trust.set_alpn_protocols(["http/1.1"])

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        body: bytes | None = None,
        timeout_s: float = 10.0,
        max_response_bytes: int = 64 * 1024,
        redirects: int = 0,
        deadline_s: float = 30.0,
        stop: threading.Event | None = None,
    ) -> Answer:
        """One call and at most ``max_response_bytes`` of its answer. A redirect that is not followed is an answer.

        ``timeout_s`` bounds each wait, ``deadline_s`` all of them. Raises EgressRefused, EgressFailed, EgressStopped.
        """
        with self.stream(
            method,
            url,
            headers=headers,
            body=body,
            timeout_s=timeout_s,
            redirects=redirects,
            deadline_s=deadline_s,
            stop=stop,
        ) as answer:
            kept = bytearray()
            for chunk in answer.chunks:
                kept += chunk
                if len(kept) > max_response_bytes:
                    break
            truncated = len(kept) > max_response_bytes
            return Answer(answer.status, answer.headers, answer.shown_url, bytes(kept[:max_response_bytes]), truncated)

    @contextmanager
    def stream(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = MappingProxyType({}),
        body: bytes | None = None,
        timeout_s: float = 30.0,
        redirects: int = 0,
        deadline_s: float = 3600.0,
        stop: threading.Event | None = None,
    ) -> Iterator[StreamedAnswer]:
        """The answer while it comes in; the connection ends with the block. Arguments as of ``request``."""
        if redirects and method not in FOLLOWED_METHODS:
            raise ValueError("only GET and HEAD follow redirects")
        patience = Patience(timeout_s=timeout_s, deadline_s=deadline_s, stop=stop)
        to, first = self._judged(url), None
        for followed in range(redirects + 1):
            first = first or to
            told = headers if _origin(to) == _origin(first) else _impersonal(headers)
            connection = self._connection(to, patience)
            try:
                answer = _exchange(connection, _request(method, to, told, body), to, patience)
                location = answer.headers.get("location") if answer.status in REDIRECTS and redirects else None
                if location is None:
                    yield answer
                    return
            finally:
                connection.close()
            if followed < redirects:
                to = self._redirected(to, location)
        raise EgressFailed(f"The server redirects more than {redirects} times.", retryable=False)

    def connect(
        self,
        host: str,
        port: int,
        *,
        timeout_s: float = 10.0,
        deadline_s: float = 30.0,
        stop: threading.Event | None = None,
    ) -> socket.socket:
        """A plain connection for a tunnel, by the same rules. Raises EgressRefused, EgressFailed, EgressStopped."""
        to = self._judged(f"https://[{host}]:{port}/" if ":" in host else f"https://{host}:{port}/")
        if to.path != "/" or set(host) & set("/?#@"):  # not a host alone: it would have moved the port
            raise EgressRefused("The host cannot be read.")
        patience = Patience(timeout_s=timeout_s, deadline_s=deadline_s, stop=stop)
        return self._backend(patience).connect(to.host, to.port)

    def _judged(self, url: str) -> RemoteUrl:
        try:
            return judged_url(url, self.settings)
        except ForbiddenUrl as error:
            raise EgressRefused(error.detail) from None

    def _redirected(self, from_: RemoteUrl, location: str) -> RemoteUrl:
        try:
            to = self._judged(urljoin(str(from_), location.replace(" ", "%20")))
        except (EgressRefused, ValueError) as error:
            reason = str(error) if isinstance(error, EgressRefused) else "The URL cannot be read."
            raise EgressRefused(f"{from_.host} redirects to where the service does not go. {reason}") from None
        if from_.scheme == "https" and to.scheme == "http":
            raise EgressRefused(f"{from_.host} redirects from https to http, where anyone can read along.")
        return to

    def _connection(self, to: RemoteUrl, patience: Patience) -> httpcore2.HTTPConnection:
        return httpcore2.HTTPConnection(
            origin=httpcore2.Origin(to.scheme.encode(), to.host.encode(), to.port),
            ssl_context=self._trust,
            network_backend=self._backend(patience),
        )

    def _backend(self, patience: Patience) -> GuardedBackend:
        return GuardedBackend(resolve=self._resolve, allowed=self._allowed, patience=patience)


def _exchange(
    connection: httpcore2.HTTPConnection, request: httpcore2.Request, to: RemoteUrl, patience: Patience
) -> StreamedAnswer:
    patience.begin_phase(HEADERS_WITHIN_S)
    try:
        response = connection.handle_request(request)
    except httpcore2.ProtocolError:
        raise EgressFailed("The server does not speak HTTP as it should.") from None
    except httpcore2.NetworkError:
        raise EgressFailed("The connection broke off.") from None
    patience.begin_phase(None)
    if sum(len(name) + len(value) for name, value in response.headers) > MAX_HEADER_BYTES:
        raise EgressFailed("The server's headers are too large.", retryable=False)
    return StreamedAnswer(response.status, _by_name(response.headers), to.shown, to.path, _chunks(response))


def _request(method: str, to: RemoteUrl, headers: Mapping[str, str], body: bytes | None) -> httpcore2.Request:
    return httpcore2.Request(
        method,
        httpcore2.URL(scheme=to.scheme.encode(), host=to.host.encode(), port=to.port, target=to.target.encode()),
        headers=_header_lines(to, headers, body),
        content=body or b"",
    )


def _chunks(response: httpcore2.Response) -> Iterator[bytes]:
    try:
        yield from response.iter_stream()
    except httpcore2.ProtocolError:
        raise EgressFailed("The connection broke off before the end.") from None


def _header_lines(to: RemoteUrl, headers: Mapping[str, str], body: bytes | None) -> list[tuple[bytes, bytes]]:
    own = {"host": to.netloc, "accept-encoding": "identity", "connection": "close"}
    if body is not None:
        own["content-length"] = str(len(body))
    named = {"user-agent": USER_AGENT, "accept": "*/*"} | {name.lower(): value for name, value in headers.items()}
    sent = {name: value for name, value in named.items() if name not in OURS}
    return [(name.encode("ascii"), value.encode("latin-1")) for name, value in (own | sent).items()]


def _by_name(headers: list[tuple[bytes, bytes]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("ascii").lower(), _text(raw_value)
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _origin(url: RemoteUrl) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port


def _impersonal(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() in CROSS_ORIGIN_HEADERS}
