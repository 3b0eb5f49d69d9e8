"""Nothing that was accepted is lost, whatever is killed, frozen, flushed, cut or filled; at length by ``make chaos``.

``SEED=n`` repeats a run's choices; ``CHAOS_JOBS`` and ``CHAOS_MEDIA_JOBS`` set its size.
"""

import os
from pathlib import Path

import pytest

from tests.chaos.audit import percentile
from tests.chaos.report import Report
from tests.chaos.run import Plan, run
from tests.chaos.small_disk import can_mount
from tests.media_factory import make_media

pytestmark = [pytest.mark.stack, pytest.mark.alone]
SEED = int(os.environ.get("SEED", "1"))
SHORT_JOBS = 120
SHORT_S, CLIENTS = 40.0, 4
LONG_CLIENTS, LONG_PAUSE_S = 8, 2.0
SAID = (
    "A heap is a tree in which each parent is smaller than its children.",
    "This is the key point, remember it for the exam.",
    "The smallest element is therefore always at the root.",
    "Removing it takes logarithmic time, because we repair one path.",
    "For example, we take the last leaf and let it sink.",
    "To sum up, a heap gives us the minimum at once.",
)
JOBS = int(os.environ.get("CHAOS_JOBS") or SHORT_JOBS)
MEDIA_JOBS = int(os.environ.get("CHAOS_MEDIA_JOBS") or 0)
DISK_BYTES = 96 * 1024**2
CANCEL_P99_S = 2.0
RESTART_P99_S = 30.0


def judge(report: Report, capsys: pytest.CaptureFixture[str]) -> None:
    """Times in which there was nobody to do it are reported, and not judged: they are the storm's and the machine's."""
    with capsys.disabled():
        print("\n" + "\n".join(report.lines()))
    assert {what: items for what, items in report.findings.wrong.items() if items} == {}
    for seconds, limit_s in (
        (report.findings.net_restarts_s, RESTART_P99_S),
        (report.findings.net_cancels_s, CANCEL_P99_S),
    ):
        assert percentile(seconds, 0.99) <= limit_s


def test_fast_jobs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each stage's body takes milliseconds; all else is the service."""
    body = make_media(tmp_path / "tiny.mp4", "-f", "lavfi", "-i", "color=size=16x16:duration=0.2", "-c:v", "libx264")
    disk = DISK_BYTES if can_mount() else None
    if disk is None:
        with capsys.disabled():
            print("\nthe disk is not filled: mounting a small one takes root")
    clients, pause_s = (CLIENTS, SHORT_S * CLIENTS / JOBS) if JOBS <= SHORT_JOBS else (LONG_CLIENTS, LONG_PAUSE_S)
    plan = Plan("fast jobs", SEED, JOBS, body, clients=clients, every_s=pause_s, disk_bytes=disk)
    report = run(plan, tmp_path)
    judge(report, capsys)
    assert len(report.ledger.accepted) >= JOBS
    assert report.findings.interrupted > 0, "the storm touched nothing"


@pytest.mark.media
@pytest.mark.skipif(not MEDIA_JOBS, reason="real recordings are for `make chaos`")
def test_recordings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Real agents in their sandboxes on a short lecture; they are killed as well."""
    body = make_media(
        tmp_path / "lecture.mp4",
        *("-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=24"),
        *("-f", "lavfi", "-i", "anoisesrc=amplitude=0.2:duration=24", "-c:v", "libx264", "-c:a", "aac"),
        *("-preset", "ultrafast"),
    )
    captions = tmp_path / "lecture.vtt"
    cues = (
        f"00:00:{at:02}.000 --> 00:00:{at + 3:02}.500\n{line}\n" for at, line in zip(range(0, 24, 4), SAID, strict=True)
    )
    captions.write_text("WEBVTT\n\n" + "\n".join(cues))
    options = '{"min_clip_s": 6, "max_clip_s": 20, "max_clips": 2}'
    plan = Plan(
        "recordings",
        SEED,
        MEDIA_JOBS,
        body,
        captions,
        options,
        fast=False,
        clients=3,
        concurrency=1,
        every_s=12.0,
        blow_s=3.0,
    )
    report = run(plan, tmp_path)
    judge(report, capsys)
    assert len(report.ledger.accepted) >= MEDIA_JOBS
    assert report.findings.outcomes.get("completed", 0) >= MEDIA_JOBS / 2
