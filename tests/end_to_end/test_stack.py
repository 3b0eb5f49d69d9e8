"""The embedded stack as a command: it ends whole, however it is ended, and finds its jobs again."""

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil
import pytest

from pipeline.postgres import EmbeddedPostgres
from pipeline.processes import wait_until
from pipeline.stack import find_running
from tests.conftest import ROOT
from tests.end_to_end.service import submit, wait
from tests.media_factory import make_media

pytestmark = [pytest.mark.stack, pytest.mark.media]


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose database is removed afterwards, wherever it lies."""
    folder = tmp_path / "data"
    yield folder
    EmbeddedPostgres(folder).remove()


@contextmanager
def serving(data_dir: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """``lectern serve`` in a process group of its own."""
    environment = {**os.environ, "LECTERN_DATA_DIR": str(data_dir)}
    command = [sys.executable, "-m", "pipeline.cli", "serve", "--port", "0"]
    process = subprocess.Popen(command, env=environment, start_new_session=True)
    try:
        assert wait_until(lambda: find_running(data_dir) is not None, within_s=60), "it did not start"
        running = find_running(data_dir)
        assert running is not None
        yield process, running.url
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def family(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    root = psutil.Process(process.pid)
    return [root, *root.children(recursive=True)]


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    return [p for p in processes if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]


def busy(data_dir: Path, url: str, tmp_path: Path) -> str:
    """Submit a job and wait until an agent runs for it."""
    video = make_media(
        tmp_path / "long.mp4",
        *("-f", "lavfi", "-i", "testsrc2=size=640x360:rate=25:duration=60"),
        *("-f", "lavfi", "-i", "anoisesrc=amplitude=0.3:duration=60", "-c:v", "libx264", "-c:a", "aac"),
        *("-preset", "ultrafast"),
    )
    with httpx2.Client(base_url=url, timeout=30, trust_env=False) as http:
        job_id = submit(http, video, transcribers=["pocketsphinx"])
    steps = data_dir / "work" / "steps"
    assert wait_until(lambda: steps.is_dir() and any("transcription" in p.name for p in steps.iterdir()), within_s=30)
    return job_id


def test_interrupt_of_the_group_ends_all_within_ten_seconds(data_dir: Path, tmp_path: Path) -> None:
    with serving(data_dir) as (process, url):
        busy(data_dir, url, tmp_path)
        members = family(process)
        assert len(members) >= 5, "database, API, worker and an agent"
        started_s = time.monotonic()
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(15) == 0
        assert time.monotonic() - started_s < 10
        assert wait_until(lambda: not alive(members), within_s=1), alive(members)


def test_kill_of_the_parent_leaves_nothing_and_a_second_start_finds_and_finishes_the_job(
    data_dir: Path, tmp_path: Path
) -> None:
    with serving(data_dir) as (process, url):
        job_id = busy(data_dir, url, tmp_path)
        members = family(process)
        process.kill()
        process.wait()
        assert wait_until(lambda: not alive(members), within_s=10), alive(members)
    with serving(data_dir) as (_, url), httpx2.Client(base_url=url, timeout=30, trust_env=False) as http:
        assert [job["id"] for job in http.get("/api/v1/jobs").json()["items"]] == [job_id]
        assert wait(http, job_id, within_s=120)["status"] == "completed"
    assert not list((data_dir / "work" / "steps").iterdir()), "no workspace is left"


def test_a_part_that_is_killed_is_started_again_and_the_job_goes_on(data_dir: Path, tmp_path: Path) -> None:
    with serving(data_dir) as (process, url), httpx2.Client(base_url=url, timeout=30, trust_env=False) as http:
        job_id = busy(data_dir, url, tmp_path)
        for module in ("pipeline.worker", "pipeline.api_server", "postgres"):
            victim = next(p for p in psutil.Process(process.pid).children() if module in " ".join(p.cmdline()[:3]))
            victim.kill()
            psutil.wait_procs([victim], timeout=5)
            assert not alive([victim])
        assert wait_until(lambda: answers(http), within_s=30), "the API did not come back"
        job = wait(http, job_id, within_s=180)
        assert job["status"] == "completed", job["error"]
        assert max(step["attempt"] for step in job["steps"]) == 2
        assert process.poll() is None


def answers(http: httpx2.Client) -> bool:
    try:
        return http.get("/api/v1/readyz").status_code == 200
    except httpx2.HTTPError:
        return False


def test_run_uses_the_stack_that_runs_and_a_second_one_is_refused(data_dir: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "LECTERN_DATA_DIR": str(data_dir)}
    lectern = [sys.executable, "-m", "pipeline.cli"]
    with serving(data_dir) as (_, url):
        second = subprocess.run(
            [*lectern, "serve", "--port", "0"], env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert second.returncode == 1
        assert url in second.stderr
        assert "Traceback" not in second.stderr
        example = ROOT / "examples" / "lecture.mp4"
        captions, out = example.with_suffix(".vtt"), tmp_path / "out"
        done = subprocess.run(
            [*lectern, "run", str(example), f"--captions={captions}", f"--out={out}", "--max-clips=1", "--json"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        document = json.loads(done.stdout)
        assert Path(document["clips"][0]["files"]["video"]).stat().st_size > 10_000
        assert (out / "result.json").is_file()
        assert "Rendering clips: done" in done.stderr
        listed = subprocess.run([*lectern, "jobs"], env=environment, capture_output=True, text=True, check=True)
        assert "lecture.mp4" in listed.stdout


def test_a_start_changes_nobodys_permissions(tmp_path: Path) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    before = {p: stat.S_IMODE(p.stat().st_mode) for p in (private, *private.parents)}
    try:
        with serving(private / "data") as (_, url):
            assert httpx2.get(f"{url}/api/v1/health", trust_env=False).status_code == 200
            assert {p: stat.S_IMODE(p.stat().st_mode) for p in (private, *private.parents)} == before
    finally:
        EmbeddedPostgres(private / "data").remove()
