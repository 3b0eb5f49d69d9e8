"""Counters of what ended how: exact, monotonic, and independent of what is deleted."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.models import Job, OutcomeCount, WebhookDelivery
from app.models.outcome import BUCKET_BOUNDS_S
from app.services.outcomes import count_outcomes, fold
from tests.app.job_factory import make_job, step

pytestmark = pytest.mark.stack


def counted(session: Session) -> dict[tuple[str, str, str], int]:
    return {key: sum(found.counts) for key, found in count_outcomes(session).items()}


def start(session: Session, job: Job, stage: str, seconds: float = 0.0) -> None:
    row = step(job, stage)
    row.status, row.attempt, row.fence = "running", row.attempt + 1, row.fence + 1
    row.started_at = datetime.now(UTC) - timedelta(seconds=seconds)
    session.flush()


def test_each_end_of_a_step_is_counted_by_how_it_ended(session: Session) -> None:
    before = counted(session)
    job = make_job(session)
    row = step(job, "transcription")
    for status, attempt, fence in (
        ("pending", 0, 0),  # a failure that is tried again
        ("pending", -1, 0),  # handed back at a shutdown: the attempt does not count
        ("pending", 0, 1),  # taken by the reaper
        ("failed", 0, 1),  # taken for the last time
        ("failed", 0, 0),
        ("cancelled", 0, 0),
        ("completed", 0, 0),
    ):
        start(session, job, "transcription")
        row.status, row.attempt, row.fence = status, row.attempt + attempt, row.fence + fence
        session.flush()
    row.status = "pending"
    session.flush()
    after = counted(session)
    found = {key[2]: after[key] - before.get(key, 0) for key in after if key[:2] == ("step", "transcription")}
    assert found == {
        "retried": 1,
        "handed_back": 1,
        "worker_lost": 2,
        "failed": 1,
        "cancelled": 1,
        "completed": 1,
    }


def test_jobs_and_webhooks_are_counted_when_they_end_and_not_when_they_change(session: Session) -> None:
    before = counted(session)
    job = make_job(session)
    for status in ("running", "failed", "queued", "running", "completed"):
        job.status = status
        session.flush()
    delivery = WebhookDelivery(job_id=job.id, owner="local", event="job.completed", job_revision=1, payload={})
    session.add(delivery)
    session.flush()
    for status in ("failed", "pending", "delivered"):
        delivery.status = status
        session.flush()
    job.updated_at = datetime.now(UTC)
    session.flush()
    after = counted(session)
    assert {key: after[key] - before.get(key, 0) for key in after if after[key] != before.get(key, 0)} == {
        ("job", "highlights", "failed"): 1,
        ("job", "highlights", "completed"): 1,
        ("webhook", "job.completed", "failed"): 1,
        ("webhook", "job.completed", "delivered"): 1,
    }


def test_the_buckets_are_those_of_the_model(session: Session) -> None:
    session.execute(text("DELETE FROM outcome_counts"))
    job = make_job(session)
    durations = [0.0, *BUCKET_BOUNDS_S]
    for seconds in durations:
        start(session, job, "uploading", seconds + 0.01)
        step(job, "uploading").status = "completed"
        session.flush()
    found = count_outcomes(session)["step", "uploading", "completed"]
    assert found.counts == (1,) * (len(BUCKET_BOUNDS_S) + 1)
    assert found.total_s == pytest.approx(sum(durations), abs=2)


def test_folding_and_deleting_change_no_sum(session: Session) -> None:
    job = make_job(session)
    for _ in range(50):
        start(session, job, "silence_detection", 3)
        step(job, "silence_detection").status = "completed"
        session.flush()
    before = count_outcomes(session)
    fold(session)
    session.delete(job)
    session.flush()
    after = count_outcomes(session)
    assert {key: found.counts for key, found in after.items()} == {key: found.counts for key, found in before.items()}
    for key, found in after.items():
        assert found.total_s == pytest.approx(before[key].total_s)
    rows, kinds = session.execute(
        select(
            func.count(),
            func.count(func.distinct(func.concat_ws("/", *(getattr(OutcomeCount, n) for n in KEY)))),
        )
    ).one()
    assert rows == kinds < 50


KEY = ("part", "name", "outcome", "bucket")
