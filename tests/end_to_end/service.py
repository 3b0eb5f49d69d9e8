"""The service as a client uses it: upload, poll, fetch."""

import json
import time
from pathlib import Path
from typing import Any

import httpx2

FINISHED = ("completed", "failed", "cancelled")


def upload(http: httpx2.Client, video: Path, *, caption_file: Path | None = None, **options: object) -> httpx2.Response:
    files = {"file": (video.name, video.read_bytes(), "video/mp4")}
    if caption_file is not None:
        files["captions"] = (caption_file.name, caption_file.read_bytes(), "text/vtt")
    return http.post("/api/v1/upload", files=files, data={"options": json.dumps(options)})


def submit(http: httpx2.Client, video: Path, *, caption_file: Path | None = None, **options: object) -> str:
    response = upload(http, video, caption_file=caption_file, **options)
    assert response.status_code == 202, response.text
    assert response.headers["location"].endswith(response.json()["id"])
    return str(response.json()["id"])


def wait(http: httpx2.Client, job_id: str, *, within_s: float = 300.0) -> dict[str, Any]:
    """Poll until the job is finished; progress must never go back."""
    deadline, best = time.monotonic() + within_s, 0.0
    while time.monotonic() < deadline:
        response = http.get(f"/api/v1/jobs/{job_id}")
        assert response.status_code == 200, response.text
        job: dict[str, Any] = response.json()
        assert job["progress"] >= best - 1e-9
        best = job["progress"]
        if job["status"] in FINISHED:
            return job
        time.sleep(0.2)
    raise AssertionError(f"job {job_id} did not finish within {within_s} s: {job}")


def codes(job: dict[str, Any]) -> set[str]:
    return {warning["code"] for warning in job["warnings"]}
