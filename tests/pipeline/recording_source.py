"""A recording on a server of the test's own, and how tests fetch it."""

import hashlib
import random
import threading
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import LecternError
from pipeline.download import Downloaded, download_file
from pipeline.egress import Egress
from tests.pipeline.remote_server import Exchange, RemoteServer

MEDIA = b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41" + random.Random(8).randbytes(300_000)
SHA256 = hashlib.sha256(MEDIA).hexdigest()
ETAG = '"v1"'


class Source:
    """Serves ``content`` with ranges; ``cuts`` are how many bytes each request gets before the line breaks."""

    def __init__(self, content: bytes = MEDIA, *, cuts: tuple[int, ...] = (), **headers: str) -> None:
        self.content, self.cuts = content, list(cuts)
        self.headers = headers or {"etag": ETAG}

    def __call__(self, exchange: Exchange) -> None:
        size, first = len(self.content), 0
        condition = exchange.headers.get("If-Range")
        asked = exchange.headers.get("Range")
        if asked and condition in self.headers.values():
            first = int(asked.removeprefix("bytes=").rstrip("-"))
            if first >= size:
                return exchange.send(416, content_range=f"bytes */{size}")
            place = {"content_range": f"bytes {first}-{size - 1}/{size}"}
            exchange.head(206, content_length=str(size - first), **place, **self.headers)
        else:
            exchange.head(200, content_length=str(size), **self.headers)
        if self.cuts:
            exchange.wfile.write(self.content[first : first + self.cuts.pop(0)])
            return exchange.cut()
        exchange.wfile.write(self.content[first:])
        return None


def fetch(
    egress: Egress, server: RemoteServer, path: Path, where: str = "/talks/week%201.mp4?token=s3cret", **more: Any
) -> Downloaded:
    chosen = {"max_bytes": 1_000_000, "report": lambda _fraction, _message: None, "stop": threading.Event(), **more}
    return download_file(egress, server.url + where, path, **chosen)


def ranges(server: RemoteServer) -> list[tuple[str | None, str | None]]:
    return [(exchange.headers["Range"], exchange.headers["If-Range"]) for exchange in server.seen]


def left_beside(path: Path) -> list[str]:
    return sorted(p.name for p in path.parent.iterdir())


def assert_whole(path: Path, done: Downloaded) -> None:
    assert path.read_bytes() == MEDIA
    assert (done.size_bytes, done.sha256, done.content_type) == (len(MEDIA), SHA256, "video/mp4")
    assert left_beside(path) == ["source"]


def refused(error: type[LecternError], egress: Egress, server: RemoteServer, path: Path, **more: Any) -> LecternError:
    """The error, which has a sentence without secrets."""
    with pytest.raises(error) as raised:
        fetch(egress, server, path, **more)
    assert raised.value.detail.endswith(".")
    assert "s3cret" not in raised.value.detail
    return raised.value
