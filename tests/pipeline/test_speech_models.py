"""Fetching a speech model with the real hub client, from a local server that also misbehaves."""

import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from huggingface_hub import constants

from pipeline.speech_models import ModelMissing, fetch_model, model_folder
from tests.loopback_server import serving

FILES = {
    "model.bin": b"weights" * 1000,
    "config.json": b"{}",
    "tokenizer.json": b"{}",
    "vocabulary.txt": b"a\n",
    "README.md": b"not wanted",
}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """The few routes of the hub that a download uses."""

    broken = False

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        path = self.path.split("?")[0]
        if type(self).broken and "resolve" in path:
            self._send(403, b"", body=body)  # what the client does not try again
        elif path.startswith("/api/models/"):
            siblings = [{"rfilename": name, "size": len(data)} for name, data in FILES.items()]
            document = {"id": "Systran/faster-whisper-tiny", "sha": COMMIT, "siblings": siblings, "tags": []}
            self._send(200, json.dumps(document).encode(), body=body)
        elif "/resolve/" in path and path.rsplit("/", 1)[1] in FILES:
            self._send(200, FILES[path.rsplit("/", 1)[1]], body=body)
        else:
            self._send(200 if path == "/" else 404, b"", body=body)

    def _send(self, status: int, data: bytes, *, body: bool) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("ETag", f'"{len(data)}"')
        self.end_headers()
        if body:
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Hub]]:
    with serving(Hub) as url:
        monkeypatch.setattr(constants, "ENDPOINT", url)
        monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", url + "/{repo_id}/resolve/{revision}/{filename}")
        Hub.broken = False
        yield Hub


def quiet(_fraction: float, _message: str) -> None:
    """Nobody looks."""


def test_a_model_is_fetched_once_with_only_what_it_needs(hub: type[Hub], tmp_path: Path) -> None:
    folder = fetch_model(tmp_path, "tiny", quiet)
    assert (folder / "model.bin").read_bytes() == FILES["model.bin"]
    assert not (folder / "README.md").exists()
    hub.broken = True
    assert fetch_model(tmp_path, "tiny", quiet) == folder == model_folder(tmp_path, "tiny")


def test_a_hub_that_fails_is_told_and_leaves_no_half_model(hub: type[Hub], tmp_path: Path) -> None:
    hub.broken = True
    with pytest.raises(ModelMissing, match="lectern models pull tiny"):
        fetch_model(tmp_path, "tiny", quiet)
    assert model_folder(tmp_path, "tiny") is None


def test_without_a_network_it_gives_up_within_ten_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    started_s = time.monotonic()
    with pytest.raises(ModelMissing, match="cannot be reached"):
        fetch_model(tmp_path, "small", quiet)
    assert time.monotonic() - started_s < 10


def test_an_unknown_name_is_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="large-v3"):
        fetch_model(tmp_path, "gigantic", quiet)
