"""Cancel, retry and delete, on rows."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import JobNotFound
from app.models import IdempotencyKey, Job, ProcessingLog, Upload
from app.services.job_control import JobFinished, JobNotRetryable, cancel_job, mark_deleted, retry_job
from app.services.jobs import get_job, list_jobs
from pipeline.lease import claim, let_go
from pipeline.orchestrator import commit_outcome, continue_job
from pipeline.outcome import Outcome
from tests.app.job_factory import ANALYSIS, BEGAN, add_renders, complete, make_job, step

pytestmark = pytest.mark.stack


@pytest.fixture
def job(session: Session) -> Job:
    job = make_job(session)
    session.flush()
    return job


def events(session: Session, job: Job) -> list[str]:
    query = select(ProcessingLog.event).where(ProcessingLog.job_id == job.id).order_by(ProcessingLog.id)
    return list(session.scalars(query))


def statuses(job: Job) -> dict[str, str]:
    return {each.name: each.status for each in job.steps}


def fail(job: Job, name: str, code: str = "corrupt_media") -> None:
    row = step(job, name)
    row.status, row.attempt, row.fence, row.progress, row.sent_count = "failed", 3, 5, 0.4, 4
    row.error_code, row.error_message, row.finished_at = code, f"{name} broke.", BEGAN
    row.sent_at = row.started_at = BEGAN
    row.message = "At work"


def end(job: Job, status: str) -> None:
    job.status, job.started_at, job.finished_at = status, BEGAN, BEGAN
    if status == "failed":
        job.error_code, job.error_message = "corrupt_media", "It broke."


def test_cancel_before_anything_runs(session: Session, job: Job) -> None:
    complete(job, "uploading")
    revision = job.revision
    cancelled = cancel_job(session, job.id, owner="local")
    assert cancelled.status == "cancelled"
    assert cancelled.cancel_requested_at is not None
    assert cancelled.finished_at is not None
    assert cancelled.revision == revision + 1
    found = statuses(cancelled)
    assert found.pop("uploading") == "completed"
    assert set(found.values()) == {"cancelled"}
    assert all(each.finished_at for each in cancelled.steps)
    assert events(session, job) == ["job_submitted", "job_cancelled"]


def test_cancel_while_a_step_runs_ends_the_job_and_leaves_the_lease_to_its_worker(session: Session, job: Job) -> None:
    complete(job, "uploading")
    session.flush()
    held = claim(session, job.id, "transcription")
    assert held is not None
    session.refresh(job)
    cancelled = cancel_job(session, job.id, owner="local")
    assert cancelled.status == "cancelled"
    assert set(statuses(cancelled).values()) == {"completed", "cancelled"}
    assert step(job, "transcription").lease_expires_at is not None
    assert not commit_outcome(session, held, Outcome()), "what was cancelled commits nothing"
    let_go(session, held)
    session.refresh(step(job, "transcription"))
    assert step(job, "transcription").lease_expires_at is None


def test_cancel_again_changes_nothing(session: Session, job: Job) -> None:
    revision = cancel_job(session, job.id, owner="local").revision
    assert cancel_job(session, job.id, owner="local").revision == revision
    assert events(session, job).count("job_cancelled") == 1


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_a_finished_job_is_not_cancelled(session: Session, job: Job, status: str) -> None:
    end(job, status)
    with pytest.raises(JobFinished):
        cancel_job(session, job.id, owner="local")


@pytest.mark.parametrize("verb", [cancel_job, retry_job, mark_deleted])
def test_somebody_elses_job_is_no_job(session: Session, job: Job, verb: Callable[..., object]) -> None:
    with pytest.raises(JobNotFound):
        verb(session, job.id, owner="another")
    with pytest.raises(JobNotFound):
        verb(session, uuid4(), owner="local")


@pytest.mark.parametrize("status", ["queued", "running", "completed"])
def test_only_what_failed_or_was_cancelled_is_retried(session: Session, job: Job, status: str) -> None:
    job.status = status
    with pytest.raises(JobNotRetryable):
        retry_job(session, job.id, owner="local")


def test_retry_goes_on_from_the_failed_step(session: Session, job: Job) -> None:
    complete(job, "uploading", "silence_detection", "transcription", "layout_detection")
    fail(job, "content_analysis")
    later = step(job, "segment_extraction")
    later.sent_at, later.sent_count = BEGAN, 2  # it was sent along in a chain
    end(job, "failed")
    revision = job.revision
    again = retry_job(session, job.id, owner="local")
    assert (again.status, again.error_code, again.error_message) == ("queued", None, None)
    assert (again.started_at, again.finished_at, again.cancel_requested_at) == (None, None, None)
    assert again.revision == revision + 1
    assert list(statuses(again).values()) == ["completed"] * 4 + ["pending"] * 4
    row = step(again, "content_analysis")
    assert (row.attempt, row.fence, row.progress, row.sent_count) == (0, 5, 0.0, 0)
    assert {row.sent_at, row.retry_at, row.started_at, row.finished_at, row.error_code, row.message} == {None}
    assert later.sent_at is None, "or nobody would ever send it"
    assert step(again, "transcription").attempt == 1
    query = select(ProcessingLog).where(ProcessingLog.job_id == job.id, ProcessingLog.event == "job_retried")
    line = session.scalars(query).one()
    assert line.data == {"steps": ["content_analysis"]}


def test_the_orchestrator_goes_on_where_a_retry_begins(session: Session, job: Job) -> None:
    complete(job, "uploading", "silence_detection", "transcription", "layout_detection")
    fail(job, "content_analysis")
    step(job, "segment_extraction").sent_at = BEGAN
    end(job, "failed")
    session.flush()
    assert continue_job(session, job.id).names == ()
    retry_job(session, job.id, owner="local")
    assert continue_job(session, job.id).names == ("content_analysis",)


def test_a_cancelled_job_goes_on_after_a_retry(session: Session, job: Job) -> None:
    session.flush()
    held = claim(session, job.id, "uploading")
    assert held is not None
    session.refresh(job)
    assert cancel_job(session, job.id, owner="local").status == "cancelled"
    assert continue_job(session, job.id).names == ()
    assert claim(session, job.id, "uploading") is None
    retry_job(session, job.id, owner="local")
    again = claim(session, job.id, "uploading")
    assert again is not None
    assert (again.attempt, again.fence) == (1, held.fence + 1)


def test_retry_repeats_only_the_parts_that_are_not_done(session: Session, job: Job) -> None:
    complete(job, *ANALYSIS, "segment_extraction")
    add_renders(job, "completed", "failed", "cancelled", "pending")
    end(job, "failed")
    session.flush()
    found = statuses(retry_job(session, job.id, owner="local"))
    assert [found[f"video_compilation/{n}"] for n in (1, 2, 3, 4)] == ["completed"] + ["pending"] * 3


def test_retry_of_a_cancelled_job(session: Session, job: Job) -> None:
    complete(job, "uploading")
    cancel_job(session, job.id, owner="local")
    again = retry_job(session, job.id, owner="local")
    found = statuses(again)
    assert found.pop("uploading") == "completed"
    assert set(found.values()) == {"pending"}
    assert again.cancel_requested_at is None


@pytest.mark.parametrize(("analysed", "expected"), [("failed", "pending"), ("completed", "failed")])
def test_an_optional_step_is_tried_again_while_nothing_is_built_without_it(
    session: Session, job: Job, analysed: str, expected: str
) -> None:
    complete(job, "uploading", "silence_detection", "transcription")
    fail(job, "layout_detection", "stalled")
    told = {"code": "stalled", "detail": "Reading the layout failed: layout_detection broke."}
    other = {"code": "transcriber_fallback", "detail": "The first one was missing."}
    job.warnings = [told, other]
    if analysed == "completed":
        complete(job, "content_analysis")
        fail(job, "segment_extraction")
    else:
        fail(job, "content_analysis")
    end(job, "failed")
    again = retry_job(session, job.id, owner="local")
    assert statuses(again)["layout_detection"] == expected
    assert again.warnings == ([other] if expected == "pending" else [told, other])


def test_a_skipped_step_stays_skipped(session: Session, job: Job) -> None:
    complete(job, "uploading")
    step(job, "transcription").status = "skipped"
    fail(job, "content_analysis")
    end(job, "failed")
    assert statuses(retry_job(session, job.id, owner="local"))["transcription"] == "skipped"


@pytest.mark.parametrize("how", ["marked", "gone"])
def test_no_retry_without_the_recording(session: Session, job: Job, how: str) -> None:
    end(job, "failed")
    if how == "marked":
        session.get_one(Upload, job.upload_id).deleted_at = datetime.now(UTC)
    else:
        job.upload_id = None
    with pytest.raises(JobNotRetryable, match="no longer kept"):
        retry_job(session, job.id, owner="local")


def test_a_deleted_job_is_seen_by_nobody(session: Session, job: Job) -> None:
    until = datetime.now(UTC) + timedelta(minutes=1)
    session.add(
        IdempotencyKey(owner="local", key="k", token=uuid4(), reserved_until=until, fingerprint="f", job_id=job.id)
    )
    session.flush()
    mark_deleted(session, job.id, owner="local")
    assert (job.status, job.deleted_at is None) == ("cancelled", False)
    assert job.id not in [each.id for each in list_jobs(session, limit=100, owner="local")]
    assert session.scalars(select(IdempotencyKey).where(IdempotencyKey.job_id == job.id)).all() == []
    for verb in (get_job, cancel_job, retry_job, mark_deleted):
        with pytest.raises(JobNotFound):
            verb(session, job.id, owner="local")


def test_deleting_a_running_job_asks_its_worker_to_stop(session: Session, job: Job) -> None:
    job.status = "running"
    step(job, "uploading").status = "running"
    mark_deleted(session, job.id, owner="local")
    assert job.cancel_requested_at is not None
    assert job.deleted_at is not None
    assert job.status == "cancelled"
