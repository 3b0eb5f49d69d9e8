"""Two workers share one recording; one of them is killed in the middle, and nothing of its words is lost."""

import json
import re
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest

from agents.media.audio import decode, write_wav
from agents.transcript_agent import run
from agents.types import TranscriptRequest
from pipeline.processes import wait_until
from tests.chaos import history
from tests.chaos.cluster import Cluster, running_cluster
from tests.chaos.run import await_ready

pytestmark = [pytest.mark.stack, pytest.mark.media]
LENGTH_S, BEGIN_S = 26, 92
"""With a long pause in the middle, so that no word is heard by both."""
WITHIN_S = 400.0


@pytest.fixture(scope="module")
def recording(lectures: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("speech") / "lecture.wav"
    write_wav(decode(lectures / "switching.mp4")[16_000 * BEGIN_S : 16_000 * (BEGIN_S + LENGTH_S)], path)
    return path


def submit(http: httpx2.Client, media: Path) -> str:
    options = json.dumps({"transcribers": ["pocketsphinx"], "max_clips": 1})
    answer = http.post("/upload", files={"file": (media.name, media.read_bytes())}, data={"options": options})
    answer.raise_for_status()
    return str(answer.json()["id"])


def workers_of(cluster: Cluster, job_id: str) -> dict[str, list[int]]:
    """Process ids of the workers that ran each part, in order."""
    found: dict[str, list[int]] = {}
    for line in history.read(cluster.history_path):
        if line["event"] == "run" and line["job"] == job_id and re.fullmatch(r"transcription/\d+", line["step"]):
            found.setdefault(line["step"], []).append(line["pid"])
    return found


def test_two_workers_share_a_recording_and_one_of_them_dies(
    recording: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LECTERN_TRANSCRIPTION_CHUNK_S", "10")
    data_dir, outside = tmp_path / "data", tmp_path / "outside"
    data_dir.mkdir()
    outside.mkdir()
    with running_cluster(data_dir, outside, fast=False, concurrency=1) as cluster:
        await_ready(cluster)
        with httpx2.Client(base_url=f"{cluster.url}/api/v1", timeout=30, trust_env=False) as http:
            job_id = submit(http, recording)
            both = {cluster.pid_of(name): name for name in cluster.workers}

            def at_work() -> bool:
                return {pids[-1] for pids in workers_of(cluster, job_id).values()} == set(both)

            assert wait_until(at_work, within_s=WITHIN_S), "each worker has taken a part"
            part, (victim,) = next(iter(workers_of(cluster, job_id).items()))
            assert wait_until(lambda: progress_of(http, job_id, part) > 0, within_s=WITHIN_S), "it is in the middle"
            cluster.kill(both[victim])
            job = finished(cluster, http, job_id)
            result = http.get(f"/results/{job_id}").json()
        ran = workers_of(cluster, job_id)
    assert job["status"] == "completed", job["error"]
    stage = next(step for step in job["steps"] if step["name"] == "transcription")
    names = [each["name"] for each in stage["parts"]]
    assert names == ["transcription", "transcription/1", "transcription/2", "transcription/merge"]
    assert (len(ran[part]), stage["attempt"]) == (2, 2), "the part of the killed worker was run again"
    assert all(len(pids) == 1 for name, pids in ran.items() if name != part), "and no other"
    whole = run(TranscriptRequest(str(recording), "pocketsphinx"), lambda fraction, message: None)
    expected = [word.text for segment in whole.segments for word in segment.words]
    words = [word for segment in result["transcript"]["segments"] for word in segment["words"]]
    assert [word["text"] for word in words] == expected
    assert all(a["end_s"] <= b["start_s"] + 0.02 for a, b in pairwise(words))


def progress_of(http: httpx2.Client, job_id: str, name: str) -> float:
    stage = next(step for step in http.get(f"/jobs/{job_id}").json()["steps"] if step["name"] == "transcription")
    return next((float(part["progress"]) for part in stage.get("parts", []) if part["name"] == name), 0.0)


def finished(cluster: Cluster, http: httpx2.Client, job_id: str) -> dict[str, Any]:
    """The job when it has ended; what was killed is started again meanwhile."""
    deadline_s = time.monotonic() + WITHIN_S
    while time.monotonic() < deadline_s:
        cluster.tend()
        job: dict[str, Any] = http.get(f"/jobs/{job_id}").json()
        if job["status"] in ("completed", "failed", "cancelled"):
            return job
        time.sleep(0.3)
    raise AssertionError(f"the job does not end: {job}")
