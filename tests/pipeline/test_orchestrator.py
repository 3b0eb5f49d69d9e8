"""The state machine on a real database: what is sent when, and how steps end."""

import threading
from uuid import UUID

import pytest
from sqlalchemy.orm import Session, sessionmaker

from app.models import Artifact
from pipeline import lease, orchestrator
from pipeline.lease import Claim
from pipeline.outcome import Failure, Outcome, Part, StoredFile, Warning_
from tests.pipeline.conftest import job_of, step_of

pytestmark = pytest.mark.stack
Sessions = sessionmaker[Session]


def proceed(sessions: Sessions, job_id: UUID) -> tuple[str, ...]:
    with sessions.begin() as session:
        return orchestrator.continue_job(session, job_id).names


def take(sessions: Sessions, job_id: UUID, name: str) -> Claim:
    with sessions.begin() as session:
        held = lease.claim(session, job_id, name)
    assert held is not None
    return held


def finish(sessions: Sessions, job_id: UUID, name: str, outcome: Outcome | None = None) -> None:
    held = take(sessions, job_id, name)
    with sessions.begin() as session:
        assert orchestrator.commit_outcome(session, held, outcome or Outcome())


def fail(sessions: Sessions, job_id: UUID, name: str, *, retryable: bool = False) -> None:
    held = take(sessions, job_id, name)
    with sessions.begin() as session:
        assert orchestrator.commit_failure(session, held, Failure("corrupt_media", "It is damaged.", retryable))


def test_a_job_runs_in_the_order_of_its_recipe(sessions: Sessions, job_id: UUID) -> None:
    assert proceed(sessions, job_id) == ("uploading",)
    assert proceed(sessions, job_id) == (), "what was sent is not sent again"
    finish(sessions, job_id, "uploading")
    assert proceed(sessions, job_id) == ("silence_detection", "transcription", "layout_detection")
    for stage in ("silence_detection", "transcription"):
        finish(sessions, job_id, stage)
        assert proceed(sessions, job_id) == ()
    finish(sessions, job_id, "layout_detection")
    assert proceed(sessions, job_id) == ("content_analysis",)
    finish(sessions, job_id, "content_analysis")
    assert proceed(sessions, job_id) == ("segment_extraction",)
    parts = tuple(Part("video_compilation", n, {"rank": n}) for n in (1, 2))
    finish(sessions, job_id, "segment_extraction", Outcome(parts=parts))
    assert proceed(sessions, job_id) == ("timeline_export", "video_compilation/1", "video_compilation/2")
    for name in ("timeline_export", "video_compilation/1"):
        finish(sessions, job_id, name)
        assert proceed(sessions, job_id) == (), "the reel waits for every clip"
    finish(sessions, job_id, "video_compilation/2")
    assert proceed(sessions, job_id) == ("reel_compilation",)
    finish(sessions, job_id, "reel_compilation")
    assert proceed(sessions, job_id) == ()
    job = job_of(sessions, job_id)
    assert (job.status, job.error_code) == ("completed", None)
    assert job.finished_at is not None


def test_a_step_too_early_a_duplicate_and_an_unknown_step_claim_nothing(sessions: Sessions, job_id: UUID) -> None:
    with sessions.begin() as session:
        assert lease.claim(session, job_id, "content_analysis") is None
        assert lease.claim(session, job_id, "nothing") is None
    finish(sessions, job_id, "uploading")
    with sessions.begin() as session:
        assert lease.claim(session, job_id, "uploading") is None
    take(sessions, job_id, "transcription")
    with sessions.begin() as session:
        assert lease.claim(session, job_id, "transcription") is None


def test_one_of_many_concurrent_claims_wins(sessions: Sessions, job_id: UUID) -> None:
    won: list[Claim] = []
    barrier = threading.Barrier(8)

    def compete() -> None:
        barrier.wait()
        with sessions.begin() as session:
            held = lease.claim(session, job_id, "uploading")
        if held is not None:
            won.append(held)

    threads = [threading.Thread(target=compete) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(held.attempt, held.fence) for held in won] == [(1, 1)]


def test_who_lost_the_fence_writes_nothing(sessions: Sessions, job_id: UUID) -> None:
    old = take(sessions, job_id, "uploading")
    with sessions.begin() as session:
        lease.hand_back(session, old)
    new = take(sessions, job_id, "uploading")
    assert (new.attempt, new.fence) == (1, old.fence + 1)
    file = StoredFile("plan.json", "plan.json", "application/json", "jobs/x/plan.json", 1, "0" * 64)
    with sessions.begin() as session:
        assert not orchestrator.commit_outcome(session, old, Outcome(files=(file,), warnings=(Warning_("a", "b"),)))
        assert not orchestrator.commit_failure(session, old, Failure("x", "y"))
        assert not lease.renew(session, old, 0.5, "still here")
    with sessions.begin() as session:
        assert session.query(Artifact).filter_by(job_id=job_id).count() == 0
        assert lease.renew(session, new, 0.5, "mine")
    assert job_of(sessions, job_id).warnings == []
    assert step_of(sessions, job_id, "uploading").progress == 0.5


def test_a_commit_whose_answer_was_lost_is_a_commit(sessions: Sessions, job_id: UUID) -> None:
    held = take(sessions, job_id, "uploading")
    file = StoredFile("plan.json", "plan.json", "application/json", f"jobs/{job_id}/plan.json", 1, "0" * 64)
    for _ in range(2):
        with sessions.begin() as session:
            assert orchestrator.commit_outcome(session, held, Outcome(files=(file,))), "its files must not be discarded"
    with sessions.begin() as session:
        assert session.query(Artifact).filter_by(job_id=job_id).count() == 1


def test_an_optional_failure_is_a_warning_and_a_required_one_ends_the_job(sessions: Sessions, job_id: UUID) -> None:
    proceed(sessions, job_id)
    finish(sessions, job_id, "uploading")
    proceed(sessions, job_id)
    finish(sessions, job_id, "silence_detection")
    fail(sessions, job_id, "layout_detection")
    finish(sessions, job_id, "transcription")
    assert proceed(sessions, job_id) == ("content_analysis",)
    warning = job_of(sessions, job_id).warnings[0]
    assert warning == {"code": "corrupt_media", "detail": "Reading the layout failed: It is damaged."}
    fail(sessions, job_id, "content_analysis")
    assert proceed(sessions, job_id) == ()
    job = job_of(sessions, job_id)
    assert (job.status, job.error_code, job.error_message) == ("failed", "corrupt_media", "It is damaged.")


def test_a_retryable_failure_waits_and_is_final_the_third_time(sessions: Sessions, job_id: UUID) -> None:
    for attempt in (1, 2, 3):
        fail(sessions, job_id, "uploading", retryable=True)
        step = step_of(sessions, job_id, "uploading")
        assert step.attempt == attempt
        if attempt == 3:
            assert step.status == "failed"
            return
        assert (step.status, step.sent_at) == ("pending", None)
        assert step.retry_at is not None
        with sessions.begin() as session:
            assert lease.claim(session, job_id, "uploading") is None, "not before its time"
            session.get_one(type(step), step.id).retry_at = None


def test_skipped_stages_do_not_run(sessions: Sessions, job_id: UUID) -> None:
    proceed(sessions, job_id)
    skip = ("silence_detection", "transcription")
    finish(sessions, job_id, "uploading", Outcome(skip=skip, source={"duration_s": 3.0}))
    assert proceed(sessions, job_id) == ("layout_detection",) or proceed(sessions, job_id) == ()
    assert step_of(sessions, job_id, "transcription").status == "skipped"
    assert job_of(sessions, job_id).source["duration_s"] == 3.0
    assert step_of(sessions, job_id, "layout_detection").sent_at is not None
