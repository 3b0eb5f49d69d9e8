"""HTTP servers on loopback, as long as a context lasts."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler, dict[str, str], bytes], None]
"""Gets the handler, the headers by their names in lower case, and the body."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """The URL of a server with this handler."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def post_server(answer: Answer) -> Iterator[str]:
    """Hands every POST to a function. A client that hangs up in the middle of an answer is none of its business."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            with suppress(OSError):
                answer(self, {name.lower(): value for name, value in self.headers.items()}, body)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing."""

    with serving(Handler) as url:
        yield url
