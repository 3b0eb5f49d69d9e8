"""A job as pollers see it, on tables: no database is asked."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest

from app.core.security import sign
from app.models import Job, JobStep
from app.services.job_view import etag_of, events_text, job_document
from app.services.recipes import HIGHLIGHTS
from tests.app.job_factory import ANALYSIS, BEGAN, add_renders, complete, step

JOB_ID = UUID("0197f0c2-0000-7000-8000-000000000001")


@pytest.fixture
def job() -> Job:
    job = Job(
        id=JOB_ID,
        kind="highlights",
        status="running",
        owner="local",
        source={"filename": "a.mp4", "size_bytes": 1, "duration_s": None},
        options={},
        warnings=[],
        revision=1,
        created_at=BEGAN,
        updated_at=BEGAN,
        started_at=BEGAN,
    )
    for position, spec in enumerate(HIGHLIGHTS.steps):
        if not spec.fan_out:
            job.steps.append(
                JobStep(
                    name=spec.stage,
                    stage=spec.stage,
                    position=position,
                    needs=list(spec.needs),
                    optional=spec.optional,
                    status="pending",
                    progress=0.0,
                    attempt=0,
                )
            )
    return job


def entry(document: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in document["steps"] if each["name"] == name)
    return found


def test_queued(job: Job) -> None:
    job.status, job.started_at = "queued", None
    document = job_document(job, secret=b"a secret of tests")
    assert [each["name"] for each in document["steps"]] == [spec.stage for spec in HIGHLIGHTS.steps]
    assert {each["status"] for each in document["steps"]} == {"pending"}
    assert (document["stage"], document["progress"], document["eta_s"]) == ("uploading", 0.0, None)
    path = f"/api/v1/jobs/{JOB_ID}"
    events = urlsplit(document["urls"].pop("events"))
    link = dict(parse_qsl(events.query))
    assert events.path == f"{path}/events"
    assert link["signature"] == sign(b"a secret of tests", events_text(JOB_ID), int(link["expires"]))
    assert document["urls"] == {
        "self": path,
        "cancel": f"{path}/cancel",
        "retry": f"{path}/retry",
        "logs": f"{path}/logs",
        "result": f"/api/v1/results/{JOB_ID}",
    }
    assert job_document(job, base_url="https://x.example", secret=b"a secret of tests")["urls"]["self"].startswith(
        "https://x.example/api/v1/"
    )


def test_stage_is_the_earliest_unfinished(job: Job) -> None:
    complete(job, "uploading", "layout_detection")
    step(job, "transcription").status = "running"
    assert job_document(job, secret=b"a secret of tests")["stage"] == "silence_detection"
    step(job, "silence_detection").status = "failed"
    assert job_document(job, secret=b"a secret of tests")["stage"] == "transcription"


def test_progress_weighs_stages(job: Job) -> None:
    complete(job, "uploading", "silence_detection", "layout_detection")
    transcription = step(job, "transcription")
    transcription.status, transcription.progress, transcription.message = "running", 0.5, "Hearing 1:00 of 2:00"
    document = job_document(job, secret=b"a secret of tests")
    assert document["progress"] == pytest.approx((1 + 2 + 10 + 15) / 100)
    assert entry(document, "transcription")["message"] == "Hearing 1:00 of 2:00"


def test_a_failed_optional_step_holds_nothing_up(job: Job) -> None:
    complete(job, "uploading")
    failed = step(job, "transcription")
    failed.status, failed.progress, failed.error_code, failed.error_message = "failed", 0.2, "no_audio", "No audio."
    document = job_document(job, secret=b"a secret of tests")
    assert document["progress"] == pytest.approx(31 / 100)
    assert entry(document, "transcription")["error"] == {"code": "no_audio", "message": "No audio."}


def test_an_error_of_an_attempt_before_is_forgotten_with_success(job: Job) -> None:
    complete(job, "uploading")
    step(job, "uploading").error_code = "worker_lost"
    assert entry(job_document(job, secret=b"a secret of tests"), "uploading")["error"] is None


@pytest.mark.parametrize(
    ("statuses", "merged", "progress"),
    [
        (("pending", "pending"), "pending", 0.0),
        (("running", "pending"), "running", 0.25),
        (("completed", "pending"), "running", 0.5),
        (("completed", "completed"), "completed", 1.0),
        (("completed", "failed"), "failed", 0.5),
        (("failed", "running"), "running", 0.25),
        (("completed", "cancelled"), "cancelled", 0.5),
        (("completed", "skipped"), "completed", 1.0),
        (("skipped", "skipped"), "skipped", 1.0),
    ],
)
def test_parts_are_one_entry(job: Job, statuses: tuple[str, ...], merged: str, progress: float) -> None:
    complete(job, *ANALYSIS, "segment_extraction")
    add_renders(job, *statuses)
    document = job_document(job, secret=b"a secret of tests")
    renders = entry(document, "video_compilation")
    assert (renders["status"], renders["progress"]) == (merged, progress)
    assert [part["name"] for part in renders["parts"]] == ["video_compilation/1", "video_compilation/2"]
    assert document["progress"] == pytest.approx(0.5 + 0.47 * progress)


def test_one_part_is_told_without_parts(job: Job) -> None:
    add_renders(job, "running")
    assert "parts" not in entry(job_document(job, secret=b"a secret of tests"), "video_compilation")


@pytest.mark.parametrize(
    ("extraction", "status", "told"),
    [
        ("running", "running", "pending"),
        ("completed", "running", "skipped"),
        ("failed", "failed", "skipped"),
        ("pending", "cancelled", "cancelled"),
    ],
)
def test_a_stage_without_rows(job: Job, extraction: str, status: str, told: str) -> None:
    step(job, "segment_extraction").status = extraction
    job.status = status
    assert entry(job_document(job, secret=b"a secret of tests"), "video_compilation")["status"] == told


def test_progress_never_goes_back_as_a_job_goes_on(job: Job) -> None:
    seen = [job_document(job, secret=b"a secret of tests")["progress"]]
    for name in ANALYSIS:
        row = step(job, name)
        for done in (0.3, 0.9):
            row.status, row.progress = "running", done
            seen.append(job_document(job, secret=b"a secret of tests")["progress"])
        complete(job, name)
        seen.append(job_document(job, secret=b"a secret of tests")["progress"])
    add_renders(job, "pending", "pending", "pending")
    complete(job, "segment_extraction")
    seen.append(job_document(job, secret=b"a secret of tests")["progress"])
    for number in (1, 2, 3):
        row = step(job, f"video_compilation/{number}")
        row.status, row.progress = "completed", 1.0
        seen.append(job_document(job, secret=b"a secret of tests")["progress"])
    job.status = "completed"
    seen.append(job_document(job, secret=b"a secret of tests")["progress"])
    assert seen == sorted(seen)
    assert seen[-2] < seen[-1] == 1.0


def test_eta_comes_from_the_rate_so_far(job: Job) -> None:
    complete(job, *ANALYSIS, "segment_extraction")
    job.updated_at = BEGAN + timedelta(seconds=40)
    add_renders(job, "running", progress=0.0)
    assert job_document(job, secret=b"a secret of tests")["eta_s"] == 40
    assert job_document(job, secret=b"a secret of tests") == job_document(job, secret=b"a secret of tests"), (
        "the same revision is told the same way at any time"
    )
    job.status = "completed"
    assert job_document(job, secret=b"a secret of tests")["eta_s"] is None


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_a_finished_job_is_in_no_stage(job: Job, status: str) -> None:
    job.status, job.error_code, job.error_message = status, "worker_lost", "The worker was lost."
    document = job_document(job, secret=b"a secret of tests")
    assert document["stage"] is None
    assert document["error"] == {"code": "worker_lost", "message": "The worker was lost."}


def test_durations(job: Job) -> None:
    complete(job, "uploading", seconds=1.25)
    told = entry(job_document(job, secret=b"a secret of tests"), "uploading")
    assert (told["duration_s"], told["attempt"]) == (1.25, 1)
    running = step(job, "transcription")
    running.status, running.started_at = "running", datetime(2026, 1, 2, 9, 1, tzinfo=UTC)
    assert entry(job_document(job, secret=b"a secret of tests"), "transcription")["duration_s"] is None


def test_etag_follows_the_revision(job: Job) -> None:
    before = etag_of(job)
    job.revision += 1
    assert etag_of(job) != before
    assert etag_of(job).startswith('"')
