"""The command line's client: its key goes to the service, and to nobody else."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from pipeline.client import Client, ServiceError

KEY = f"lk_0123456789_{'a' * 43}"
JOB = {"id": "1", "status": "cancelled"}


class Server(ThreadingHTTPServer):
    """Answers everything, and remembers who asked for what with which headers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.elsewhere = ""
        self.status = 200

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
        self.rfile.read(int(self.headers.get("content-length", 0)))
        moved = self.path == "/file" and self.server.elsewhere
        body = json.dumps({"items": [], **JOB}).encode()
        self.send_response(307 if moved else self.server.status)
        if moved:
            self.send_header("Location", f"{self.server.elsewhere}/there")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        return


@pytest.fixture
def server() -> Iterator[Server]:
    with running() as server:
        yield server


class running:
    """A server for the time of a ``with``."""

    def __enter__(self) -> Server:
        self._server = Server()
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        return self._server

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join(10)
        self._server.server_close()


def test_the_key_goes_to_the_service(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LECTERN_API_KEY", f" {KEY}\n")
    client = Client(server.url)
    client.jobs()
    client.cancel("a/../b")
    client.close()
    assert [(method, path) for method, path, _ in server.asked] == [
        ("GET", "/api/v1/jobs"),
        ("POST", "/api/v1/jobs/a%2F..%2Fb/cancel"),
    ]
    assert {headers["authorization"] for _, _, headers in server.asked} == {f"Bearer {KEY}"}


def test_a_jobs_openai_key_goes_with_the_submission_alone(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LECTERN_JOB_OPENAI_API_KEY", " sk-of-mine\n")
    client = Client(server.url)
    client.submit_url("https://example.org/a.mp4", options={})
    (tmp_path / "a.mp4").write_bytes(b"x")
    client.submit(tmp_path / "a.mp4", captions=None, options={}, sent=lambda _: None)
    client.jobs()
    client.close()
    assert [headers.get("x-openai-api-key") for _, _, headers in server.asked] == ["sk-of-mine", "sk-of-mine", None]
    monkeypatch.setenv("LECTERN_JOB_OPENAI_API_KEY", "schlüssel")
    with pytest.raises(ServiceError, match="LECTERN_JOB_OPENAI_API_KEY holds no API key"):
        client.submit_url("https://example.org/a.mp4", options={})


def test_and_to_nobody_else(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LECTERN_API_KEY", KEY)
    with running() as store:
        server.elsewhere = store.url
        client = Client(server.url)
        client.download("/file", tmp_path / "a")
        client.download(f"{store.url}/direct", tmp_path / "b")
        client.close()
        assert [path for _, path, _ in store.asked] == ["/there", "/direct"]
        seen = [headers for _, _, headers in (*store.asked, *server.asked)]
    assert not any(KEY in value for headers in seen for value in headers.values())


def test_without_a_key(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LECTERN_API_KEY", raising=False)
    client = Client(server.url)
    client.jobs()
    assert "authorization" not in server.asked[0][2]
    server.status = 401
    with pytest.raises(ServiceError, match="set LECTERN_API_KEY"):
        client.jobs()
    monkeypatch.setenv("LECTERN_API_KEY", KEY)
    with pytest.raises(ServiceError, match="refuses the key in LECTERN_API_KEY"):
        client.jobs()
    client.close()


@pytest.mark.parametrize("value", ["é", "\u2713", "a\x07b"])
def test_a_variable_that_holds_no_key(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LECTERN_API_KEY", value)
    with pytest.raises(ServiceError, match="LECTERN_API_KEY holds no API key"):
        Client("http://127.0.0.1:9")


def test_cancel(server: Server) -> None:
    done = CliRunner().invoke(cli, ["cancel", "1", "--url", server.url], catch_exceptions=False)
    assert done.output == "1 is cancelled.\n"
    done = CliRunner().invoke(cli, ["cancel", "1", "--url", server.url, "--json"], catch_exceptions=False)
    assert json.loads(done.output)["status"] == "cancelled"


def test_a_url_is_fetched_by_the_service(server: Server) -> None:
    client = Client(server.url)
    client.submit_url("https://example.org/lecture.mp4", options={"max_clips": 2})
    client.close()
    assert [(method, path) for method, path, _ in server.asked] == [("POST", "/api/v1/jobs")]


def test_captions_go_with_a_file(tmp_path: Path) -> None:
    captions = tmp_path / "a.vtt"
    captions.write_text("WEBVTT\n")
    ran = CliRunner().invoke(cli, ["run", "https://example.org/lecture.mp4", "--captions", str(captions)])
    assert ran.exit_code == 2
    assert "--captions goes with a file" in ran.output
    ran = CliRunner().invoke(cli, ["run", str(tmp_path / "missing.mp4")])
    assert ran.exit_code == 2
    assert "missing.mp4" in ran.output
