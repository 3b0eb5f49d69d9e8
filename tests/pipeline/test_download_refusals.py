"""What is no recording, too large, too slow or not to be had ends in a typed error and leaves nothing wrong."""

import threading
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from app.core.errors import (
    EmptyFile,
    FileTooLarge,
    ForbiddenUrl,
    SourceRefused,
    SourceUnreachable,
    StorageUnavailable,
    UnsupportedMedia,
)
from pipeline.download import DownloadStopped
from pipeline.egress import Egress
from tests.pipeline.recording_source import ETAG, MEDIA, Source, assert_whole, fetch, left_beside, refused
from tests.pipeline.remote_server import Exchange, egress_settings, serving
from tests.pipeline.test_egress import TRUST, here


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.download.client.PAUSE_S", 0.005)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "incoming"
    folder.mkdir()
    return folder / "source"


@pytest.fixture
def egress() -> Egress:
    return Egress(egress_settings(), resolve=here, trust=TRUST)


@pytest.mark.parametrize("status", [204, 206, 300, 304, 305, 400, 401, 402, 403, 404, 405, 410, 416, 418, 451])
def test_a_refusal_is_final(egress: Egress, path: Path, status: int) -> None:
    with serving(lambda exchange: exchange.head(status, content_length="0")) as server:
        assert str(status) in refused(SourceRefused, egress, server, path).detail
    assert len(server.seen) == 1
    assert left_beside(path) == []


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_failure_is_tried_again_and_may_be_later(egress: Egress, path: Path, status: int) -> None:
    with serving(lambda exchange: exchange.send(status)) as server:
        assert str(status) in refused(SourceUnreachable, egress, server, path).detail
        assert len(server.seen) == 6


def test_a_failure_that_passes_is_not_noticed(egress: Egress, path: Path) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.send(503) if len(server.seen) < 3 else Source()(exchange)

    with serving(answer) as server:
        assert_whole(path, fetch(egress, server, path))


def test_nobody_there(egress: Egress, path: Path) -> None:
    with serving(Source()) as server:
        pass
    refused(SourceUnreachable, egress, server, path)


def test_a_size_over_the_limit_is_refused_before_it_is_read(egress: Egress, path: Path) -> None:
    with serving(lambda exchange: exchange.head(200, content_length="2000000")) as server:
        refused(FileTooLarge, egress, server, path)
    assert left_beside(path) == []


def test_a_part_of_something_over_the_limit_is_refused(egress: Egress, path: Path) -> None:
    def answer(exchange: Exchange) -> None:
        if not exchange.headers["Range"]:
            exchange.head(200, etag=ETAG, transfer_encoding="chunked")
            exchange.wfile.write(b"186A0\r\n" + MEDIA[:100_000] + b"\r\n")
            return exchange.cut()
        return exchange.send(206, etag=ETAG, content_range="bytes 100000-1999999/2000000")

    with serving(answer) as server:
        refused(FileTooLarge, egress, server, path)
    assert left_beside(path) == []


def test_more_bytes_than_the_limit_end_it(egress: Egress, path: Path) -> None:
    """No size is announced, and the server never ends."""
    sent = 0

    def answer(exchange: Exchange) -> None:
        nonlocal sent
        exchange.head(200)
        exchange.wfile.write(MEDIA)
        while True:
            exchange.wfile.write(b"x" * 100_000)
            sent += 100_000

    with serving(answer) as server:
        refused(FileTooLarge, egress, server, path)
    assert left_beside(path) == []
    assert sent < 50_000_000


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"<!DOCTYPE html><html><head><title>Sign in</title></head>", "recording"),
        (b"<html>" + b" " * 100_000, "recording"),
        (b"#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nfile:///etc/passwd\n", "recording"),
        (b"%PDF-1.7\n" + bytes(50_000), "PDF"),
        (b"PK\x03\x04" + bytes(50_000), "recording"),
    ],
)
def test_what_is_no_recording_is_refused_by_its_head(egress: Egress, path: Path, body: bytes, what: str) -> None:
    with serving(Source(body)) as server:
        assert what in refused(UnsupportedMedia, egress, server, path).detail
    assert left_beside(path) == []


def test_a_web_page_is_refused_before_it_has_ended(egress: Egress, path: Path) -> None:
    def answer(exchange: Exchange) -> None:
        exchange.head(200, content_length="900000", content_type="text/html")
        exchange.wfile.write(b"<!DOCTYPE html>" + b" " * 100_000)
        exchange.connection.recv(1)

    with serving(answer) as server:
        refused(UnsupportedMedia, egress, server, path)


def test_a_compressed_answer_is_refused(egress: Egress, path: Path) -> None:
    with serving(lambda exchange: exchange.send(200, MEDIA, content_encoding="gzip")) as server:
        assert "compressed" in refused(SourceRefused, egress, server, path).detail


def test_a_file_without_a_byte_is_refused(egress: Egress, path: Path) -> None:
    with serving(lambda exchange: exchange.send(200)) as server:
        refused(EmptyFile, egress, server, path)
    assert left_beside(path) == []


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:8080/?s3cret", "file:///etc/passwd", "http://localhost/", "gopher://x"]
)
def test_a_redirect_to_a_forbidden_address_is_refused(egress: Egress, path: Path, location: str) -> None:
    with serving(lambda exchange: exchange.send(302, location=location)) as server:
        assert refused(ForbiddenUrl, egress, server, path).code == "forbidden_url"
    assert left_beside(path) == []


def test_a_redirect_is_followed_for_the_rest_too(egress: Egress, path: Path) -> None:
    source = Source(cuts=(100_000,))

    def answer(exchange: Exchange) -> None:
        exchange.send(302, location="/real/lecture.mp4") if exchange.path.startswith("/talks") else source(exchange)

    with serving(answer) as server:
        done = fetch(egress, server, path)
    assert_whole(path, done)
    assert done.filename == "lecture.mp4"


def silent(exchange: Exchange) -> None:
    exchange.head(200, content_length=str(len(MEDIA)), etag=ETAG)
    exchange.wfile.write(MEDIA[:50_000])
    exchange.connection.recv(1)


def dripping(exchange: Exchange) -> None:
    exchange.head(200, content_length=str(len(MEDIA)), etag=ETAG)
    for byte in MEDIA:
        exchange.wfile.write(bytes([byte]))
        time.sleep(0.02)


@pytest.mark.parametrize("answer", [silent, dripping])
def test_a_source_that_stalls_is_given_up(egress: Egress, path: Path, answer: Callable[[Exchange], None]) -> None:
    with serving(answer) as server:
        began = time.monotonic()
        refused(SourceUnreachable, egress, server, path, stalled_after_s=0.5)
        assert time.monotonic() - began < 5
    assert len(server.seen) == 1
    assert left_beside(path) == ["source.part", "source.part.json"]


def test_a_deadline_holds_for_all_of_it(egress: Egress, path: Path) -> None:
    with serving(dripping) as server:
        began = time.monotonic()
        refused(SourceUnreachable, egress, server, path, deadline_s=0.5)
        assert time.monotonic() - began < 5


@pytest.mark.parametrize("answer", [silent, dripping])
def test_a_stop_is_heard_within_a_second_and_loses_nothing(
    egress: Egress, path: Path, answer: Callable[[Exchange], None]
) -> None:
    stop, set_at = threading.Event(), 0.0

    def report(_fraction: float, _message: str) -> None:
        nonlocal set_at
        set_at = set_at or time.monotonic()
        stop.set()

    with serving(answer) as server, pytest.raises(DownloadStopped):
        fetch(egress, server, path, stop=stop, report=report)
    assert time.monotonic() - set_at < 1.0
    assert left_beside(path) == ["source.part", "source.part.json"]


def test_progress_is_told_at_most_once_a_second(egress: Egress, path: Path) -> None:
    told: list[tuple[float, float]] = []

    def slow(exchange: Exchange) -> None:
        exchange.head(200, content_length=str(len(MEDIA)))
        for first in range(0, len(MEDIA), 20_000):
            exchange.wfile.write(MEDIA[first : first + 20_000])
            time.sleep(0.1)

    with serving(slow) as server:
        fetch(egress, server, path, report=lambda fraction, _message: told.append((time.monotonic(), fraction)))
    times, fractions = zip(*told[:-1], strict=True)
    assert len(times) >= 2
    assert all(later - earlier >= 0.99 for earlier, later in pairwise(times))
    assert list(fractions) == sorted(fractions)


def test_a_disk_that_cannot_be_written_is_told_apart(egress: Egress, tmp_path: Path) -> None:
    with serving(Source()) as server, pytest.raises(StorageUnavailable):
        fetch(egress, server, tmp_path / "missing" / "source")


@pytest.mark.parametrize(
    ("disposition", "where", "name"),
    [
        (None, "/a/b/talk.mp4", "talk.mp4"),
        (None, "/a/b/V%C3%B6rlesung%201.mp4?x=y.avi", "Vörlesung 1.mp4"),
        (None, "/", "recording"),
        (None, "/a%2F..%2Fetc%2Fpasswd", "passwd"),
        (None, "/%00%0d%0a%e2%80%aetalk.mp4", "talk.mp4"),
        ('attachment; filename="week 2.mp4"', "/x", "week 2.mp4"),
        ('attachment; filename="a \\"b\\".mp4"', "/x", 'a "b".mp4'),
        ("attachment; filename=plain.mp4; size=5", "/x", "plain.mp4"),
        ("attachment; filename=\"fallback.mp4\"; filename*=UTF-8''V%C3%B6rlesung.mp4", "/x", "Vörlesung.mp4"),
        ("attachment; filename*=iso-8859-1'de'V%F6rlesung.mp4", "/x", "Vörlesung.mp4"),
        ('attachment; filename="../../etc/cron.d/x.mp4"', "/x", "x.mp4"),
        ('attachment; filename="..\\\\..\\\\x.mp4"', "/x", "x.mp4"),
        ('attachment; filename=".."', "/talk.mp4", "talk.mp4"),
        ("inline", "/talk.mp4", "talk.mp4"),
    ],
)
def test_the_name_is_the_servers_or_the_paths(
    egress: Egress, path: Path, disposition: str | None, where: str, name: str
) -> None:
    headers = {"content_disposition": disposition} if disposition else {}
    with serving(lambda exchange: exchange.send(200, MEDIA, **headers)) as server:
        assert fetch(egress, server, path, where).filename == name
