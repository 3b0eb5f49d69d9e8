"""Every unusual and every broken file that others collected, posted at once: each ends, and nothing else does."""

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agents.media.ffmpeg import ffmpeg_binary
from app.core.settings import Settings
from pipeline.postgres import EmbeddedPostgres
from pipeline.stack import Stack
from tests.end_to_end.service import codes, submit, upload, wait
from tests.media_factory import make_media

pytestmark = [pytest.mark.stack, pytest.mark.media]
ALL_WITHIN_S = 900.0
"""For all files together, on a machine several times slower than ours, where it is two minutes."""
STEPS_AT_ONCE = 4
REFUSED = {"unsupported_media", "empty_file"}
FAILED = {"unsupported_media", "corrupt_media"}
STILLS = frozenset(["avif", "bmp", "dds", "gif", "heic", "jp2", "jpg", "mpo", "png", "tif", "webp"])
"""FFmpeg decodes a still picture without an error; it is no recording and is refused before it is stored."""
WITHOUT_SAMPLES = frozenset(
    {
        "mp4parse__bipbop-cenc-audioinit.mp4",
        "mp4parse__bipbop_cbcs_audio_init.mp4",
        "mp4parse_capi__bipbop_audioinit.mp4",
    }
)
"""The initialization segment of a stream, alone: nothing to decode, so nothing goes wrong in it either."""
NO_RECORDING = {"crash-5762152299364352.fli": "a FLIC animation, which no recorder writes"}


@dataclass(frozen=True)
class Ending:
    """How one file ended: refused at the door (``status`` other than 202), or as the job it became."""

    file: Path
    status: int
    code: str | None
    job: dict[str, Any] | None

    def __str__(self) -> str:
        return f"{self.file.name}: {self.status} {self.job['error'] if self.job else self.code}"

    @property
    def completed(self) -> bool:
        return self.job is not None and self.job["status"] == "completed"

    @property
    def excused(self) -> bool:
        """Whether there is a reason, given above, not to complete although FFmpeg finds nothing wrong."""
        if self.job is None:
            return self.file.suffix.lstrip(".") in STILLS or self.file.name in NO_RECORDING
        return self.file.name in WITHOUT_SAMPLES and self.job["error"]["code"] == "corrupt_media"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> Iterator[Stack]:
    data_dir = tmp_path_factory.mktemp("malformed")
    settings = Settings(data_dir=data_dir, worker_concurrency=STEPS_AT_ONCE, address_rate_per_minute=0)
    try:
        with Stack(settings, port=0) as running:
            yield running
    finally:
        EmbeddedPostgres(data_dir).remove()


@pytest.fixture(scope="module")
def http(service: Stack) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=service.url, timeout=60, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
def endings(shared_data: Path, service: Stack, http: httpx2.Client) -> list[Ending]:
    """All files of both folders: posted, and then waited for. Stops where the worker or the API is not the same."""
    files = sorted(f for folder in ("malformed", "edge") for f in (shared_data / folder).rglob("*") if f.is_file())
    assert len(files) > 300
    processes = service.worker_pid, service.api_pid
    posted = [(file, upload(http, file, transcribers=["captions"])) for file in files]
    deadline_s = time.monotonic() + ALL_WITHIN_S
    found = []
    for file, response in posted:
        body, job = response.json(), None
        if response.status_code == 202:
            job = wait(http, body["id"], within_s=max(deadline_s - time.monotonic(), 1.0))
        found.append(Ending(file, response.status_code, body.get("code"), job))
    assert (service.worker_pid, service.api_pid) == processes
    assert service.ended() is None
    return found


def test_what_is_refused_is_refused_for_a_reason(endings: list[Ending]) -> None:
    refused = [ending for ending in endings if ending.job is None]
    assert refused
    assert [str(e) for e in refused if e.status not in (415, 422) or e.code not in REFUSED] == []


def test_what_is_taken_ends_in_a_result_or_a_sentence(endings: list[Ending]) -> None:
    jobs = {ending.file.name: ending.job for ending in endings if ending.job}
    assert len(jobs) > 150
    for name, job in jobs.items():
        assert not codes(job) & {"agent_crashed", "internal_error", "worker_lost", "step_stalled"}, (name, job)
        if job["status"] != "completed":
            assert job["status"] == "failed", name
            assert job["error"]["code"] in FAILED, (name, job["error"])
            assert job["error"]["message"].endswith("."), (name, job["error"])


def test_what_ffmpeg_decodes_without_an_error_completes(endings: list[Ending]) -> None:
    assert sum(ending.completed for ending in endings) > 100
    left = [ending for ending in endings if not ending.completed and not ending.excused]
    assert [str(ending) for ending in left if _decodes_cleanly(ending.file)] == []


def test_others_go_on_afterwards(endings: list[Ending], service: Stack, http: httpx2.Client, tmp_path: Path) -> None:
    good = make_media(
        tmp_path / "good.mp4",
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4", "-f", "lavfi", "-i", "sine=duration=4"),
        *("-c:v", "libx264", "-c:a", "aac"),
    )
    worker = service.worker_pid
    assert wait(http, submit(http, good, transcribers=["captions"]))["status"] == "completed"
    assert service.worker_pid == worker
    assert http.get("/api/v1/readyz").status_code == 200
    log = (service.data_dir / "logs" / "worker.log").read_text("utf-8", "replace")
    assert "Traceback" not in log


def _decodes_cleanly(file: Path) -> bool:
    command = [ffmpeg_binary(), "-v", "error", "-nostdin", "-i", f"file:{file}", "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    return done.returncode == 0 and not done.stderr.strip()
