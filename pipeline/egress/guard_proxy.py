"""A forward proxy on loopback for programs that make their own requests: each goes out through the guard or not at all.

It serves one caller, who has its password, and ends with its block. TLS runs through it unopened.
"""

import base64
import hmac
import secrets
import selectors
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from typing import Any

from pipeline.egress.client import Egress
from pipeline.egress.errors import EgressFailed, EgressRefused, EgressStopped

IDLE_S = 60.0
"""A tunnel that is silent for longer is closed."""
POLL_S = 0.25
BLOCK_BYTES = 64 * 1024
MAX_BODY_BYTES = 4 * 1024**2
ATTACHED = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "set-cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    )
)
"""Headers of one connection only, and cookies, which have no place in plain text."""


class GuardProxy(ThreadingTCPServer):
    """``url`` holds its password. ``refusals`` are sentences about what was asked for and not done."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, egress: Egress, *, max_bytes: int, deadline_s: float, stop: threading.Event) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.egress, self.stop = egress, stop
        self.refusals: list[str] = []
        self._password = secrets.token_urlsafe(24)
        self._left_bytes, self._lock = max_bytes, threading.Lock()
        self._ends_at = time.monotonic() + deadline_s
        self.closing = False

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def url(self) -> str:
        return f"http://lectern:{self._password}@127.0.0.1:{self.port}"

    @property
    def left_s(self) -> float:
        return self._ends_at - time.monotonic()

    def admits(self, authorization: str) -> bool:
        expected = base64.b64encode(f"lectern:{self._password}".encode())
        return hmac.compare_digest(authorization.removeprefix("Basic ").strip().encode(), expected)

    def spend(self, size_bytes: int) -> None:
        """Count what comes in. Raises EgressStopped when it is too much, too late, or stopped."""
        with self._lock:
            self._left_bytes -= size_bytes
            spent = self._left_bytes < 0
        if spent or self.closing or self.stop.is_set() or self.left_s <= 0:
            raise EgressStopped

    def shutdown_request(self, request: Any) -> None:
        """Only close: a farewell first would make an answer that broke off look whole."""
        self.close_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that hangs up is no news, and a traceback could hold its URLs."""


@contextmanager
def guard_proxy(egress: Egress, *, max_bytes: int, deadline_s: float, stop: threading.Event) -> Iterator[GuardProxy]:
    """A running proxy that lets at most ``max_bytes`` in."""
    with GuardProxy(egress, max_bytes=max_bytes, deadline_s=deadline_s, stop=stop) as proxy:
        serving = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        serving.start()
        try:
            yield proxy
        finally:
            proxy.closing = True
            proxy.shutdown()
            serving.join()


class _Handler(BaseHTTPRequestHandler):
    server: GuardProxy
    protocol_version = "HTTP/1.1"
    timeout = 30
    rbufsize = 0
    """What follows a CONNECT belongs to the tunnel: nothing is read ahead."""
    _begun = False
    """Whether an answer, or a tunnel, is on its way, so that nothing else may be said."""

    def do_CONNECT(self) -> None:
        self.close_connection = True
        if not self._admitted():
            return
        host, _colon, port = self.path.rpartition(":")
        with self._answered(), self._connected(host.strip("[]"), port) as outside:
            self.connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self._begun = True
            self._tunnel(outside)

    def _forward(self) -> None:
        self.close_connection = True
        if not self._admitted():
            return None
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit() and int(length) <= MAX_BODY_BYTES):
            return self._say(413, "The body is too large.")
        body = self.rfile.read(int(length)) if int(length) else None
        headers = {name: value for name, value in self.headers.items() if name.lower() not in ATTACHED}
        if self.path.lower().startswith("https:"):
            return self._say(400, "Use CONNECT for https.")
        with (
            self._answered(),
            self.server.egress.stream(
                self.command,
                self.path,
                headers=headers,
                body=body,
                deadline_s=self.server.left_s,
                stop=self.server.stop,
            ) as answer,
        ):
            self.send_response_only(answer.status)
            for name, value in answer.headers.items():
                if name not in ATTACHED:
                    self.send_header(name, value.encode().decode("latin-1"))
            self.send_header("Connection", "close")
            self.end_headers()
            self._begun = True
            for chunk in answer.chunks:
                self.server.spend(len(chunk))
                self.connection.sendall(chunk)
        return None

    do_GET = do_HEAD = do_POST = _forward

    def _admitted(self) -> bool:
        if self.server.admits(self.headers.get("Proxy-Authorization", "")):
            return True
        self._say(407, "The proxy has another password.", ("Proxy-Authenticate", "Basic"))
        return False

    @contextmanager
    def _answered(self) -> Iterator[None]:
        """What goes wrong before an answer began becomes one; afterwards the connection just ends."""
        try:
            yield
        except EgressRefused as error:
            self.server.refusals.append(str(error))
            self._say(403, str(error))
        except EgressFailed as error:
            self._say(502, str(error))
        except EgressStopped:
            self._say(503, "The proxy is closing.")

    @contextmanager
    def _connected(self, host: str, port: str) -> Iterator[socket.socket]:
        if not (port.isascii() and port.isdigit() and len(port) <= 5):
            raise EgressRefused("The port cannot be read.")
        deadline_s = max(min(self.server.left_s, IDLE_S), 0.0)
        with self.server.egress.connect(host, int(port), deadline_s=deadline_s, stop=self.server.stop) as outside:
            yield outside

    def _tunnel(self, outside: socket.socket) -> None:
        """Bytes both ways until one side ends, nothing moves for ``IDLE_S``, or the budget is spent."""
        inside = self.connection
        with selectors.DefaultSelector() as ready:
            for source, target in ((inside, outside), (outside, inside)):
                source.settimeout(IDLE_S)
                ready.register(source, selectors.EVENT_READ, (source, target))
            moved_at = time.monotonic()
            while time.monotonic() - moved_at < IDLE_S:
                self.server.spend(0)
                for key, _events in ready.select(POLL_S):
                    source, target = key.data
                    block = source.recv(BLOCK_BYTES)
                    if not block:
                        return
                    self.server.spend(len(block) if source is outside else 0)
                    target.sendall(block)
                    moved_at = time.monotonic()

    def _say(self, status: int, sentence: str, *headers: tuple[str, str]) -> None:
        if self._begun:  # only a reset tells the caller that this is not the end of its answer
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return
        body = f"{sentence}\n".encode()
        with suppress(OSError):
            self.send_response_only(status)
            for name, value in (*headers, ("Content-Type", "text/plain; charset=utf-8"), ("Connection", "close")):
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests hold URLs, and URLs hold secrets."""
