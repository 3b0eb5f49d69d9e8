"""Cancel, retry and delete on a service that works: seen at once, nothing repeated, nothing left."""

import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psutil
import pytest

from pipeline.processes import wait_until
from pipeline.stack import Stack
from tests.end_to_end.service import submit, wait
from tests.media_factory import make_media

pytestmark = [pytest.mark.stack, pytest.mark.media]
SEEN_WITHIN_S = 2.0


@pytest.fixture
def http(embedded: Stack) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=embedded.url, timeout=60, trust_env=False) as client:
        yield client


def agents_of(stack: Stack) -> list[psutil.Process]:
    assert stack.worker_pid is not None
    return psutil.Process(stack.worker_pid).children(recursive=True)


def test_cancel_is_seen_and_retry_goes_on_from_there_and_delete_leaves_nothing(
    embedded: Stack, http: httpx2.Client, tmp_path: Path
) -> None:
    video = make_media(
        tmp_path / "long.mp4",
        *("-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=90"),
        *("-f", "lavfi", "-i", "anoisesrc=amplitude=0.3:duration=90", "-c:v", "libx264", "-c:a", "aac"),
        *("-preset", "ultrafast"),
    )
    job_id = submit(http, video, transcribers=["pocketsphinx"])
    path = f"/api/v1/jobs/{job_id}"
    assert wait_until(lambda: any(s["status"] == "running" for s in http.get(path).json()["steps"][1:4]), within_s=30)
    asked_s = time.monotonic()
    assert http.post(f"{path}/cancel").status_code in (200, 202)
    assert wait_until(lambda: http.get(path).json()["status"] == "cancelled", within_s=10, interval_s=0.02)
    assert time.monotonic() - asked_s <= SEEN_WITHIN_S
    assert wait_until(lambda: not agents_of(embedded), within_s=2), "an agent outlived its step"

    cancelled = {s["name"]: s["status"] for s in http.get(path).json()["steps"]}
    assert cancelled["uploading"] == "completed"
    assert http.post(f"{path}/retry").status_code in (200, 202)
    job = wait(http, job_id)
    assert job["status"] == "completed", job["error"]
    assert job["steps"][0]["attempt"] == 1, "what was done is not done again"
    started = [line["step"] for line in logs(http, path) if line["event"] == "step_started"]
    assert started.count("uploading") == 1

    assert http.delete(path).status_code == 204
    assert http.get(path).status_code == 404
    objects = embedded.data_dir / "objects"
    assert wait_until(lambda: not any(job_id in str(p) for p in objects.rglob("*")), within_s=15)


def logs(http: httpx2.Client, path: str) -> list[dict[str, str]]:
    items: list[dict[str, str]] = http.get(f"{path}/logs", params={"limit": 100}).json()["items"]
    return items


def test_a_job_that_waits_is_cancelled_without_a_worker(http: httpx2.Client, tmp_path: Path) -> None:
    video = make_media(tmp_path / "a.mp4", "-f", "lavfi", "-i", "testsrc2=size=64x64:duration=2", "-c:v", "libx264")
    job_id = submit(http, video)
    answer = http.post(f"/api/v1/jobs/{job_id}/cancel")
    assert answer.status_code in (200, 202, 409)
    assert wait(http, job_id, within_s=10)["status"] in ("cancelled", "completed")
