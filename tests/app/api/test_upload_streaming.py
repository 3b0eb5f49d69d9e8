"""Uploads over a real socket: refused early, read flat, and forgotten when the sender goes away."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from app.core.settings import Settings
from app.main import create_app
from tests.app.conftest import files_in

pytestmark = pytest.mark.stack

MIB = 1 << 20
HEAD = b"\x00\x00\x00\x20ftypisom" + bytes(range(256)) * 16
PART = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
END = b"\r\n--edge--\r\n"


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.01)


@contextmanager
def serving(settings: Settings) -> Iterator[int]:
    """The API on a port of its own, in a thread."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None, timeout_graceful_shutdown=2))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        until(lambda: server.started)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


@pytest.fixture
def port(settings: Settings) -> Iterator[int]:
    with serving(settings) as port:
        yield port


def begin(port: int, length: int | None, *, expect: bool = False, headers: str = "") -> socket.socket:
    """Open a connection and send the head of a request; a chunked body where ``length`` is None."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    wait = "Expect: 100-continue\r\n" if expect else ""
    connection.sendall(
        f"POST /api/v1/upload HTTP/1.1\r\nHost: 127.0.0.1\r\n{size}\r\n{wait}{headers}"
        "Content-Type: multipart/form-data; boundary=edge\r\n\r\n".encode()
    )
    return connection


def answer(connection: socket.socket) -> bytes:
    """Everything until the answer is whole (its length is announced)."""
    received = b""
    while True:
        head, found, body = received.partition(b"\r\n\r\n")
        if found:
            announced = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            if announced and len(body) >= int(announced[0].split(b":")[1]):
                return received
        block = connection.recv(65536)
        assert block, f"the connection ended early: {received!r}"
        received += block


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def test_too_large_is_told_before_the_body_ends(port: int, settings: Settings) -> None:
    with begin(port, 5 * MIB) as connection:  # within the envelope: only counting tells
        connection.sendall(PART + HEAD + bytes(MIB))
        received = answer(connection)
        assert received.startswith(b"HTTP/1.1 413")
        assert b'"code":"file_too_large"' in received
        connection.sendall(bytes(MIB))  # a sender that has not looked yet is not cut off
    until(lambda: files_in(settings.object_dir) == [])


def test_too_large_without_a_length(port: int, settings: Settings) -> None:
    with begin(port, None) as connection:
        connection.sendall(chunk(PART + HEAD))
        for _ in range(20):
            connection.sendall(chunk(bytes(100_000)))
        assert answer(connection).startswith(b"HTTP/1.1 413")
    until(lambda: files_in(settings.object_dir) == [])


@pytest.mark.parametrize("expect", [True, False])
def test_the_announced_length_is_refused_at_once(port: int, expect: bool) -> None:
    with begin(port, 10**12, expect=expect) as connection:
        assert answer(connection).startswith(b"HTTP/1.1 413"), "not 100 Continue, and not a byte was sent"


def test_no_recording_is_told_before_the_body_ends(port: int, settings: Settings) -> None:
    with begin(port, 900_000) as connection:
        connection.sendall(PART + b"\x89PNG\r\n\x1a\n" + bytes(50_000))
        assert answer(connection).startswith(b"HTTP/1.1 415")
    until(lambda: files_in(settings.object_dir) == [])


def test_a_sender_that_goes_away_leaves_nothing(database_url: str, settings: Settings) -> None:
    roomy = settings.model_copy(update={"max_upload_bytes": 100 * MIB})
    with serving(roomy) as port:
        with begin(port, 50 * MIB) as connection:
            connection.sendall(PART + HEAD + bytes(3 * MIB))
            until(lambda: sum(path.stat().st_size for path in files_in(settings.object_dir)) >= 2 * MIB)
        until(lambda: files_in(settings.object_dir) == [])


def test_the_server_answers_others_meanwhile(port: int) -> None:
    with begin(port, 900_000) as upload:
        upload.sendall(PART + HEAD)
        with socket.create_connection(("127.0.0.1", port), timeout=5) as other:
            other.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert answer(other).startswith(b"HTTP/1.1 200")
        rest = 900_000 - len(PART) - len(HEAD) - len(END)
        upload.sendall(bytes(rest) + END)
        assert answer(upload).startswith(b"HTTP/1.1 202")


SERVER = """
import socket, sys, uvicorn
from app.core.settings import Settings
from app.main import create_app
settings = Settings(_env_file=None, database_url=sys.argv[1], data_dir=sys.argv[2], broker_url="memory://")
bound = socket.create_server(("127.0.0.1", 0))
listener = socket.socket(fileno=bound.detach())  # knows its protocol, or asyncio leaves Nagle's algorithm on
print(listener.getsockname()[1], flush=True)
uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None)).run(sockets=[listener])
"""


def peak_kib(pid: int) -> int:
    """The most memory the process ever held."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_memory_is_flat(database_url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SERVER, database_url, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            peaks, began = [], time.monotonic()
            for size_mib in (8, 256):
                with begin(port, len(PART) + len(HEAD) + size_mib * MIB + len(END)) as connection:
                    connection.sendall(PART + HEAD)
                    for _ in range(size_mib):
                        connection.sendall(bytes(MIB))
                    connection.sendall(END)
                    assert answer(connection).startswith(b"HTTP/1.1 202")
                peaks.append(peak_kib(server.pid))
            print(f"peaks {peaks} KiB, {time.monotonic() - began:.1f} s")
        finally:
            server.terminate()
    stored = [path for path in files_in(tmp_path / "objects") if path.stat().st_size > 200 * MIB]
    assert len(stored) == 1, "one copy"
    assert peaks[1] - peaks[0] < 16 * 1024
    assert peaks[1] < 200 * 1024
