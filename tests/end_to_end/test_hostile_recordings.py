"""Files that name a local file or a listener, sent to the service and to ``lectern run``: neither is touched."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from pipeline.stack import Stack
from tests.end_to_end.service import upload, wait
from tests.hostile_media import CANARY, HARMLESS, Target, hostile_files, sound
from tests.pipeline.watched import Watched, watched

pytestmark = [pytest.mark.stack, pytest.mark.media]
RUN = ("hls_absolute", "ftyp_then_hls")
"""Refused at the door, and by the sandboxed probe."""


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Watched]:
    folder = tmp_path / "recordings"
    folder.mkdir()
    with watched(folder, sound(tmp_path / "sound.wav").read_bytes()) as one:
        yield one


@pytest.fixture
def kinds(outside: Watched) -> dict[str, Path]:
    """Every kind as a file."""
    target = Target(outside.file, f"127.0.0.1:{outside.port}")
    written = {}
    for kind, content in hostile_files(target).items():
        written[kind] = outside.file.with_name(f"{kind}.mp4")
        written[kind].write_bytes(content)
    return written


def test_the_service_follows_none(embedded: Stack, outside: Watched, kinds: dict[str, Path]) -> None:
    with httpx2.Client(base_url=embedded.url, timeout=60, trust_env=False) as http:
        posted = {kind: upload(http, file, transcribers=["captions"]) for kind, file in kinds.items()}
        jobs = {kind: wait(http, r.json()["id"]) for kind, r in posted.items() if r.status_code == 202}
        refused = {kind: (r.status_code, r.json()["code"]) for kind, r in posted.items() if kind not in jobs}
        documents = [http.get(f"/api/v1/results/{job['id']}").text for job in jobs.values()]
    assert set(refused.values()) == {(415, "unsupported_media")}
    assert {kind for kind, job in jobs.items() if job["status"] == "completed"} <= HARMLESS
    failed = {kind: job["error"]["code"] for kind, job in jobs.items() if job["status"] != "completed"}
    assert failed
    assert set(failed.values()) <= {"unsupported_media", "corrupt_media"}, failed
    assert CANARY not in "".join(documents)
    assert outside.touched() == 0
    outside.file.read_bytes()
    assert outside.touched() > 0, "the watch notices"


@pytest.mark.parametrize("kind", RUN)
def test_the_main_command_follows_none(
    kind: str, embedded: Stack, outside: Watched, kinds: dict[str, Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    command = [sys.executable, "-m", "pipeline.cli", "run", str(kinds[kind]), "--out", str(out), "--url", embedded.url]
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LECTERN_DATA_DIR": str(tmp_path / "data")}
    # the command itself reads the file it sends, and nothing else
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    assert done.stderr.strip().splitlines()[-1].endswith(".")
    assert CANARY not in done.stdout + done.stderr
    assert outside.touched() == 0
