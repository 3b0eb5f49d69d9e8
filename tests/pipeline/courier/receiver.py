"""A real HTTP server that receives webhooks, and misbehaves as told."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

Behaviour = Callable[["Call"], None]


@dataclass(frozen=True)
class Message:
    """A request as it came in; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class Call(BaseHTTPRequestHandler):
    """One request. ``reply`` is all that a well-behaved receiver does."""

    protocol_version = "HTTP/1.1"
    receiver: "Receiver"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.receiver.answer(self, Message(self.path, headers, body))

    def do_GET(self) -> None:
        self.reply(404)

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def cut(self) -> None:
        """Hang up without a word."""
        self.close_connection = True
        self.connection.close()

    def begin_body(self, size_bytes: int) -> None:
        """200, and a body to be written piece by piece."""
        self.send_response(200)
        self.send_header("content-length", str(size_bytes))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is what some tests are about."""


class Receiver:
    """Listens on loopback while it is open. ``behave`` says what the next requests get; then all get 204.

    ``most_at_once`` is how many requests were in progress together; ``release`` ends those that ``hang``.
    """

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.most_at_once = 0
        self.released = threading.Event()
        self._behaviours: Iterator[Behaviour] = iter(())
        self._now = 0
        self._changed = threading.Condition()
        handler = type("BoundCall", (Call,), {"receiver": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def url(self, path: str = "/hook", host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def behave(self, *behaviours: Behaviour, always: Behaviour | None = None) -> None:
        def told() -> Iterator[Behaviour]:
            yield from behaviours
            while always is not None:
                yield always

        self._behaviours = told()

    def answer(self, call: Call, message: Message) -> None:
        with self._changed:
            self.messages.append(message)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            behaviour = next(self._behaviours, status(204))
            self._changed.notify_all()
        try:
            behaviour(call)
        finally:
            with self._changed:
                self._now -= 1

    def wait_for(self, count: int, timeout_s: float = 20.0) -> None:
        """Until ``count`` requests have come in."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(self.messages) >= count, timeout_s)
        assert arrived, f"{len(self.messages)} of {count} requests came in"

    def __enter__(self) -> "Receiver":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def status(code: int, **headers: str) -> Behaviour:
    """Answer with ``code`` and headers; underscores in names are hyphens."""
    return lambda call: call.reply(code, b"", **headers)


def hang(call: Call) -> None:
    """Say nothing until the receiver is released, then hang up."""
    call.receiver.released.wait(30)
    call.cut()


def cut(call: Call) -> None:
    call.cut()


def huge_body(call: Call) -> None:
    """200 and a gigabyte, as far as anybody reads it."""
    call.begin_body(1 << 30)
    with contextlib.suppress(OSError):
        for _ in range(1 << 14):
            call.wfile.write(b"x" * (1 << 16))


def slow_body(call: Call) -> None:
    """200 and a body that takes for ever."""
    call.begin_body(1000)
    with contextlib.suppress(OSError):
        while not call.receiver.released.wait(0.05):
            call.wfile.write(b"x")
