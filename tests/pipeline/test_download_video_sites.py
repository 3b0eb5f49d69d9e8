"""yt-dlp gets out through the guard or not at all, whatever its code tries; it is not installed for most of this."""

import importlib.util
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.errors import (
    DependencyMissing,
    FileTooLarge,
    ForbiddenUrl,
    SourceRefused,
    SourceUnreachable,
    UnsupportedMedia,
)
from pipeline.download import Downloaded, DownloadStopped, download, video_sites
from pipeline.download.video_sites import download_from_site
from pipeline.egress import Egress
from tests.pipeline.recording_source import MEDIA, SHA256
from tests.pipeline.remote_server import Exchange, Listener, RemoteServer, egress_settings, serving
from tests.pipeline.test_egress import TRUST, here

REAL = importlib.util.find_spec("yt_dlp")
STAND_IN = '''
"""In place of yt-dlp: the same entry points, and code that tries to get round the proxy."""
import os, pathlib, socket, subprocess, threading, time, urllib.request

class TransportError(Exception): ...

def attempts(port):
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    yield "connect", lambda: socket.create_connection(("127.0.0.1", port), 5)
    yield "connect6", lambda: socket.create_connection(("::1", port), 5)
    yield "connect_ex", lambda: socket.socket().connect_ex(("127.0.0.1", port))
    yield "direct", lambda: direct.open(f"http://127.0.0.1:{port}/", timeout=5)
    yield "udp", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", port))
    yield "unix", lambda: socket.socket(socket.AF_UNIX).connect("/tmp/x.sock")
    yield "listen", lambda: socket.create_server(("127.0.0.1", 0))
    yield "resolve", lambda: socket.getaddrinfo("localhost", 80)
    yield "resolve_old", lambda: socket.gethostbyname("localhost")
    yield "program", lambda: subprocess.run(["/bin/true"])
    yield "shell", lambda: os.system("true")
    yield "fork", lambda: os.fork()
    yield "exec", lambda: os.execv("/bin/true", ["true"])
    yield "native", lambda: __import__("curl_cffi")

class YoutubeDL:
    def __init__(self, params): self.params = params
    def __enter__(self): return self
    def __exit__(self, *_): ...

    def extract_info(self, url, download):
        through = urllib.request.build_opener(
            urllib.request.ProxyHandler({"http": self.params["proxy"], "https": self.params["proxy"]}))
        folder = pathlib.Path(self.params["outtmpl"]["default"]).parent
        if "/escape/" in url:
            port, done = int(url.rsplit("/", 1)[1]), []
            for name, attempt in attempts(port):
                try:
                    attempt()
                    done.append(name)
                except (OSError, ImportError):
                    pass
            (folder / "recording.mp4").write_bytes(MEDIA_HEAD)
            return {"title": f"escaped {done} with {sorted(os.environ)}"}
        if "/hang" in url:
            time.sleep(600)
        if "/crash" in url:
            os._exit(3)
        if "/offline" in url:
            raise RuntimeError("wrapped") from TransportError("s3cret")
        with through.open(url, timeout=20) as answer:
            body = answer.read()
        for hook in self.params["progress_hooks"]:
            hook({"downloaded_bytes": len(body), "total_bytes": len(body)})
        if "/nothing" not in url:
            (folder / "recording.mp4").write_bytes(body)
        return {"title": "A talk / part 1"}

MEDIA_HEAD = bytes.fromhex("00000020667479706d703432000000006d70343269736f6d") + bytes(100)
'''


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package called yt_dlp, for this process and the child."""
    (tmp_path / "site" / "yt_dlp").mkdir(parents=True)
    (tmp_path / "site" / "yt_dlp" / "__init__.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path / "site")
    monkeypatch.setitem(video_sites.PYTHON, "PYTHONPATH", str(tmp_path / "site"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    (tmp_path / "work").mkdir()
    return tmp_path / "work" / "source"


def fetch(url: str, path: Path, **more: Any) -> Downloaded:
    egress = Egress(egress_settings(yt_dlp=more.pop("yt_dlp", True)), resolve=here, trust=TRUST)
    chosen = {"max_bytes": 1_000_000, "report": lambda _f, _m: None, "stop": threading.Event(), **more}
    return download_from_site(egress, url, path, **chosen)


def recording(exchange: Exchange) -> None:
    exchange.send(200, MEDIA)


def test_it_is_off_and_then_it_is_missing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DependencyMissing, match=r"pip install 'lectern\[yt-dlp\]'.*LECTERN_YT_DLP"):
        fetch("https://good.example/", path, yt_dlp=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(DependencyMissing, match=r"pip install 'lectern\[yt-dlp\]'"):
        fetch("https://good.example/", path)


@pytest.mark.usefixtures("stand_in")
def test_a_recording_comes_through_the_guard(path: Path) -> None:
    told: list[float] = []
    with serving(recording) as server:
        done = fetch(f"{server.url}/talk", path, report=lambda fraction, _message: told.append(fraction))
    assert path.read_bytes() == MEDIA
    assert done == Downloaded(len(MEDIA), SHA256, "video/mp4", "A talk - part 1.mp4")
    assert told == [1.0]
    assert os.listdir(path.parent) == ["source"]


@pytest.mark.usefixtures("stand_in")
def test_nothing_gets_out_but_through_the_guard(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LECTERN_SECRET_KEY", "s3cret")
    listener = Listener()
    done = fetch(f"http://good.example/escape/{listener.port}", path)
    listener.close()
    assert done.filename.startswith("escaped [] with ['HOME', ")
    assert "LECTERN" not in done.filename
    assert listener.accepted == 0


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:{port}/?s3cret", "http://[::1]:{port}/", "http://2130706433:{port}/"]
)
def test_a_page_that_leads_inside_is_refused(path: Path, target: str) -> None:
    listener = Listener()
    location = target.format(port=listener.port)
    with serving(lambda exchange: exchange.send(302, location=location)) as server:
        with pytest.raises(ForbiddenUrl) as refused:
            fetch(f"{server.url}/page", path)
        with pytest.raises(ForbiddenUrl):
            fetch(location, path)
    listener.close()
    assert listener.accepted == 0
    assert "s3cret" not in refused.value.detail
    assert os.listdir(path.parent) == []


def page(body: bytes) -> Callable[[Exchange], None]:
    return lambda exchange: exchange.send(200, body)


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize(
    ("where", "body", "error"),
    [
        ("/nothing", b"x", SourceRefused),
        ("/crash", b"x", SourceRefused),
        ("/offline", b"x", SourceUnreachable),
        ("/html", b"<!DOCTYPE html><html></html>", UnsupportedMedia),
        ("/large", b"\0" * 1_000_001, FileTooLarge),
    ],
)
def test_what_goes_wrong_has_a_type_and_a_sentence(path: Path, where: str, body: bytes, error: type[Exception]) -> None:
    with serving(page(body)) as server, pytest.raises(error) as raised:
        fetch(server.url + where, path)
    assert "s3cret" not in str(raised.value)
    assert os.listdir(path.parent) == []


@pytest.mark.usefixtures("stand_in")
@pytest.mark.parametrize("refusal", [200, 403])
def test_what_is_no_recording_is_taken_for_a_page_where_that_is_on(path: Path, refusal: int) -> None:
    def site(exchange: Exchange) -> None:
        ours = exchange.headers["User-Agent"] == "Lectern" or exchange.path == "/no-talk"
        exchange.send(*((refusal, b"<!DOCTYPE html><html></html>") if ours else (200, MEDIA)))

    def get(url: str, *, on: bool) -> Downloaded:
        egress = Egress(egress_settings(yt_dlp=on), trust=TRUST)
        stop = threading.Event()
        return download(egress, url, path, max_bytes=1_000_000, report=lambda _f, _m: None, stop=stop)

    first = UnsupportedMedia if refusal == 200 else SourceRefused
    with serving(site) as server:
        assert get(f"{server.url}/talk", on=True).sha256 == SHA256
        with pytest.raises(first):
            get(f"{server.url}/talk", on=False)
        with pytest.raises(first, match="403" if refusal == 403 else "HTML|page"):
            get(f"{server.url}/no-talk", on=True)


@pytest.mark.usefixtures("stand_in")
def test_a_stop_and_a_deadline_end_the_child(path: Path) -> None:
    stop, began = threading.Event(), time.monotonic()
    threading.Timer(0.5, stop.set).start()
    with pytest.raises(DownloadStopped):
        fetch("http://good.example/hang", path, stop=stop)
    with pytest.raises(SourceUnreachable):
        fetch("http://good.example/hang", path, deadline_s=0.5)
    assert time.monotonic() - began < 10
    assert os.listdir(path.parent) == []


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    """Its standard input closes when the worker is gone."""
    (tmp_path / "yt_dlp").mkdir()
    (tmp_path / "yt_dlp" / "__init__.py").write_text(STAND_IN)
    request = {"url": "http://x.example/hang", "folder": str(tmp_path), "max_bytes": 9, "proxy": "", "proxy_port": 9}
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "pipeline.download.video_site_child"],
        stdin=subprocess.PIPE,
        env={"PYTHONPATH": str(tmp_path), **video_sites.PYTHON},
    )
    try:
        child.communicate(f"{json.dumps(request)}\n".encode(), timeout=30)
        assert child.returncode == 2
    finally:
        child.kill()


@pytest.mark.skipif(REAL is None, reason="needs the extra yt-dlp")
def test_the_real_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert REAL is not None
    assert REAL.origin is not None
    monkeypatch.setitem(video_sites.PYTHON, "PYTHONPATH", str(Path(REAL.origin).parents[1]))

    def site(exchange: Exchange) -> None:
        pages = {"/page": "/talk.mp4", "/inside": "http://127.0.0.1:8099/talk.mp4"}
        if exchange.path == "/talk.mp4":
            return exchange.send(200, MEDIA, content_type="video/mp4")
        video = f"<html><title>A talk</title><video src='{pages[exchange.path]}'></video></html>"
        return exchange.send(200, video.encode(), content_type="text/html")

    server: RemoteServer
    with serving(site) as server:
        assert fetch(f"{server.url}/talk.mp4", path).sha256 == SHA256
        assert fetch(f"{server.url}/page", path).filename.startswith("A talk")
        with pytest.raises(ForbiddenUrl):
            fetch(f"{server.url}/inside", path)
