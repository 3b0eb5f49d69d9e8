"""A recording that kills whoever reads it: three attempts, then a sentence; the jobs beside it notice nothing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2
import psutil
import pytest

from pipeline.stack import Stack
from tests.end_to_end.service import submit, wait
from tests.media_factory import make_media

pytestmark = [pytest.mark.stack, pytest.mark.media]
ATTEMPTS = 3


@contextmanager
def killed_at_sight(stack: Stack, job_id: str) -> Iterator[set[int]]:
    """Until the end of the block, every child that works for ``job_id`` is killed; gives their process numbers."""
    done, killed = threading.Event(), set[int]()
    worker = psutil.Process(stack.worker_pid)

    def hunt() -> None:
        while not done.wait(0.01):
            for child in worker.children(recursive=True):
                with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                    if job_id in " ".join(child.cmdline()):
                        child.kill()
                        killed.add(child.pid)

    hunter = threading.Thread(target=hunt, daemon=True)
    hunter.start()
    try:
        yield killed
    finally:
        done.set()
        hunter.join()


def test_a_poisoned_job_fails_after_three_attempts_and_others_go_on(embedded: Stack, tmp_path: Path) -> None:
    video = make_media(
        tmp_path / "a.mp4",
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=4", "-f", "lavfi", "-i", "sine=duration=4"),
        *("-c:v", "libx264", "-c:a", "aac"),
    )
    worker = embedded.worker_pid
    with httpx2.Client(base_url=embedded.url, timeout=60, trust_env=False) as http:
        poisoned = submit(http, video, transcribers=["captions"])
        with killed_at_sight(embedded, poisoned) as killed:
            others = [submit(http, video, transcribers=["captions"]) for _ in range(3)]
            assert [wait(http, other)["status"] for other in others] == ["completed"] * 3
            job = wait(http, poisoned)
    assert (job["status"], job["error"]["code"]) == ("failed", "agent_crashed")
    assert job["error"]["message"].endswith(".")
    assert job["steps"][0]["attempt"] == ATTEMPTS
    assert len(killed) >= ATTEMPTS
    assert embedded.worker_pid == worker
    assert embedded.ended() is None
