"""PUTs to the local store over a real socket: refused at the byte that is too many, read flat, forgotten when cut."""

import hashlib
import json
import socket
import tracemalloc
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest

from app.core.settings import Settings
from tests.app.api.object_store.following import whatever_store
from tests.app.api.test_upload_streaming import HEAD, MIB, answer, serving, until
from tests.app.conftest import files_in

pytestmark = [pytest.mark.stack, whatever_store]


@pytest.fixture
def port(settings: Settings) -> Iterator[int]:
    with serving(settings.model_copy(update={"max_upload_bytes": 100 * MIB})) as port:
        yield port


def begin(port: int, content: bytes) -> dict[str, Any]:
    body = {"filename": "a.mp4", "size_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    found: dict[str, Any] = json.load(post(port, "/api/v1/uploads", body))
    return found


def post(port: int, path: str, body: dict[str, Any] | None = None) -> Any:
    data = json.dumps(body).encode() if body is not None else b""
    headers = {"Content-Type": "application/json"}
    return urlopen(Request(f"http://127.0.0.1:{port}{path}", data, headers, method="POST"), timeout=60)


def put(port: int, upload: dict[str, Any], length: int | None) -> socket.socket:
    """The head of a PUT; chunked where ``length`` is None."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=60)
    size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    connection.sendall(
        f"PUT {upload['put']['url']} HTTP/1.1\r\nHost: 127.0.0.1\r\n{size}\r\nContent-Type: video/mp4\r\n\r\n".encode()
    )
    return connection


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def test_one_byte_too_many_without_a_length(port: int, settings: Settings) -> None:
    content = HEAD + bytes(3 * MIB)
    with put(port, begin(port, content), None) as connection:
        connection.sendall(chunk(content))
        until(lambda: sum(path.stat().st_size for path in files_in(settings.object_dir)) > MIB)
        connection.sendall(chunk(b"x"))  # and no end
        assert b"413 " in answer(connection).split(b"\r\n")[0]
    until(lambda: files_in(settings.object_dir) == [])


def test_an_announced_length_is_refused_at_once(port: int) -> None:
    content = HEAD + bytes(MIB)
    for length, status in ((len(content) + 1, b"413 "), (len(content) - 1, b"422 ")):
        with put(port, begin(port, content), length) as connection:
            connection.sendall(HEAD)
            assert status in answer(connection).split(b"\r\n")[0]


def test_a_sender_that_goes_away(port: int, settings: Settings) -> None:
    content = HEAD + bytes(3 * MIB)
    with put(port, begin(port, content), len(content)) as connection:
        connection.sendall(content[: 2 * MIB])
        until(lambda: files_in(settings.object_dir) != [])
    until(lambda: files_in(settings.object_dir) == [])


def test_memory_stays_flat_and_one_copy_is_written(port: int, settings: Settings) -> None:
    content = HEAD + bytes(64 * MIB)
    upload = begin(port, content)
    tracemalloc.start()
    try:
        with put(port, upload, len(content)) as connection:
            connection.sendall(content)
            assert b" 200 " in answer(connection).split(b"\r\n")[0]
        assert json.load(post(port, upload["complete_url"]))["status"] == "complete"
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak_bytes < 12 * MIB
    assert [path.stat().st_size for path in files_in(settings.object_dir)] == [len(content)]
