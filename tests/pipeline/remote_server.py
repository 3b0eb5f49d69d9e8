"""Servers on loopback that count who connects, and a record of every connection this process tries."""

import datetime
import socket
import ssl
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.core.settings import Settings

ALLOWED_HOST = "127.0.0.2"
"""Where the servers stand that the operator allows. All of 127/8 is this machine."""
_recording: list[list[Any]] = []


def egress_settings(**chosen: Any) -> Settings:
    """Settings that allow ``ALLOWED_HOST`` and nothing else that is not public."""
    return Settings(_env_file=None, **{"egress_networks": f"{ALLOWED_HOST}/32", **chosen})


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg") and _recording:
        for record in _recording:
            record.append(arguments[1])


sys.addaudithook(_audit)


@contextmanager
def recorded_connects() -> Iterator[list[Any]]:
    """Addresses that any thread of this process connects or sends to, as the interpreter reports them itself."""
    record: list[Any] = []
    _recording.append(record)
    try:
        yield record
    finally:
        _recording.remove(record)


class Listener:
    """Counts connections on loopback, by IPv4 and, where the machine has it, IPv6, on one port."""

    def __init__(self) -> None:
        self.accepted = 0
        self._sockets = [socket.create_server(("127.0.0.1", 0))]
        self.port: int = self._sockets[0].getsockname()[1]
        with suppress(OSError):
            self._sockets.append(socket.create_server(("::1", self.port), family=socket.AF_INET6))
        for each in self._sockets:
            threading.Thread(target=self._count, args=(each,), daemon=True).start()

    def _count(self, listening: socket.socket) -> None:
        while True:
            try:
                connected, _ = listening.accept()
            except OSError:
                return
            self.accepted += 1
            connected.close()

    def close(self) -> None:
        for each in self._sockets:
            each.shutdown(socket.SHUT_RDWR)
            each.close()


class Exchange(BaseHTTPRequestHandler):
    """Hands each request to the server's function."""

    protocol_version = "HTTP/1.1"
    server: "RemoteServer"

    def answer(self) -> None:
        self.close_connection = True
        self.server.seen.append(self)
        self.body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        with suppress(BrokenPipeError, ConnectionResetError, ssl.SSLError):
            self.server.function(self)

    do_GET = do_POST = do_HEAD = answer

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        """A whole answer; ``content_type`` names the header Content-Type."""
        self.head(status, **{"content_length": str(len(body)), **headers})
        self.wfile.write(body)

    def head(self, status: int, **headers: str) -> None:
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def cut(self) -> None:
        """Break off in the middle."""
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on standard error."""


class RemoteServer(ThreadingHTTPServer):
    """``function`` answers; ``seen`` are the requests; ``names`` the host names TLS clients asked for."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, function: Callable[[Exchange], None], tls: ssl.SSLContext | None = None) -> None:
        super().__init__((ALLOWED_HOST, 0), Exchange)
        self.function = function
        self.seen: list[Exchange] = []
        self.names: list[str | None] = []
        self.accepted = 0
        self._tls = tls
        if tls is not None:
            tls.sni_callback = lambda _socket, name, _context: self.names.append(name)

    @property
    def url(self) -> str:
        return f"http://{ALLOWED_HOST}:{self.server_port}"

    def get_request(self) -> tuple[socket.socket, Any]:
        connected, address = super().get_request()
        self.accepted += 1
        return connected, address

    def finish_request(self, request: Any, client_address: Any) -> None:
        if self._tls is None:
            return super().finish_request(request, client_address)
        try:
            request.settimeout(10)
            secured = self._tls.wrap_socket(request, server_side=True)
        except OSError:  # the client did not like the certificate
            return None
        with secured:
            return super().finish_request(secured, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that hang up are what the tests are about."""


@contextmanager
def serving(function: Callable[[Exchange], None], tls: ssl.SSLContext | None = None) -> Iterator[RemoteServer]:
    server = RemoteServer(function, tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Authority:
    """A certificate authority of its own: contexts for servers, and one for a client that trusts it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests of Lectern")])
        self._certificate = self._signed(self._name, self._key, x509.BasicConstraints(ca=True, path_length=0))

    def client(self) -> ssl.SSLContext:
        pem = self._certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=pem)

    def server(self, name: str, *, expired: bool = False) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        certificate = self._signed(subject, key, names, expired=expired)
        path = self._folder / f"{name}-{expired}.pem"
        path.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        extension: x509.BasicConstraints | x509.SubjectAlternativeName,
        *,
        expired: bool = False,
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        end = now - datetime.timedelta(days=1) if expired else now + datetime.timedelta(days=1)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=2))
            .not_valid_after(end)
            .add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
            .sign(self._key, hashes.SHA256())
        )
