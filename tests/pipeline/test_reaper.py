"""What was lost is found: expired leases, messages nobody received, jobs nobody continued."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from pipeline import lease, orchestrator
from pipeline.outcome import Outcome
from pipeline.reaper import REAPER_LOCK, reap
from tests.pipeline.conftest import step_of, submit

pytestmark = pytest.mark.stack
Sessions = sessionmaker[Session]


def age(sessions: Sessions, seconds: int) -> None:
    """Let time pass for every row."""
    with sessions.begin() as session:
        session.execute(
            text(
                "UPDATE job_steps SET lease_expires_at = lease_expires_at - make_interval(secs => :s), "
                "sent_at = sent_at - make_interval(secs => :s)"
            ),
            {"s": seconds},
        )
        session.execute(text("UPDATE jobs SET updated_at = updated_at - make_interval(secs => :s)"), {"s": seconds})


def test_a_job_whose_first_message_was_lost_is_continued(sessions: Sessions, job_id: UUID) -> None:
    assert reap(sessions) == [job_id]


def test_a_step_that_was_sent_and_not_claimed_is_sent_again_later_and_later(sessions: Sessions, job_id: UUID) -> None:
    for after_s in (9, 17):
        with sessions.begin() as session:
            assert orchestrator.continue_job(session, job_id).names == ("uploading",)
        age(sessions, after_s - 2)
        assert reap(sessions) == []
        age(sessions, 2)
        assert reap(sessions) == [job_id]


def test_an_expired_lease_goes_back_and_the_third_is_final(sessions: Sessions, job_id: UUID) -> None:
    for attempt in (1, 2, 3):
        with sessions.begin() as session:
            held = lease.claim(session, job_id, "uploading")
        assert held is not None
        assert held.attempt == attempt
        assert reap(sessions) == []
        age(sessions, 30)
        assert reap(sessions) == [job_id]
        step = step_of(sessions, job_id, "uploading")
        assert step.fence > held.fence
        assert step.status == ("failed" if attempt == 3 else "pending")
    assert step.error_code == "worker_lost"


def test_a_lost_branch_goes_on_while_others_run(sessions: Sessions, job_id: UUID) -> None:
    for name in ("uploading", "silence_detection", "transcription", "layout_detection"):
        with sessions.begin() as session:
            orchestrator.continue_job(session, job_id)
        with sessions.begin() as session:
            held = lease.claim(session, job_id, name)
            assert held is not None
            if name in ("uploading", "silence_detection"):
                orchestrator.commit_outcome(session, held, Outcome())
    with sessions.begin() as session:
        session.execute(text("UPDATE job_steps SET lease_expires_at = now() WHERE name = 'layout_detection'"))
    assert reap(sessions) == [job_id], "transcription may run for an hour"
    with sessions.begin() as session:
        assert orchestrator.continue_job(session, job_id).names == ("layout_detection",)


def test_a_job_that_is_locked_does_not_hold_up_the_others(sessions: Sessions, job_id: UUID) -> None:
    other = submit(sessions, "uploads/b/source.mp4")
    for each in (job_id, other):
        with sessions.begin() as session:
            assert lease.claim(session, each, "uploading") is not None
    age(sessions, 30)
    with sessions.begin() as frozen:
        assert lease.lock_job(frozen, job_id)
        assert reap(sessions) == [other]
    assert set(reap(sessions)) == {job_id, other}


def test_steps_are_not_sent_again_while_their_queue_moves(sessions: Sessions, job_id: UUID) -> None:
    """The queue is long, and nothing is lost: each message that comes takes the next step, whichever it names."""
    other = submit(sessions, "uploads/b/source.mp4")
    for each in (job_id, other):
        with sessions.begin() as session:
            orchestrator.continue_job(session, each)
    age(sessions, 60)
    with sessions.begin() as session:
        assert lease.claim(session, other, "uploading") is not None
    assert reap(sessions) == []
    with sessions.begin() as session:
        session.execute(text("UPDATE job_steps SET started_at = started_at - interval '60 seconds'"))
    assert reap(sessions) == [job_id]


def test_after_an_outage_the_living_renew_first(sessions: Sessions, job_id: UUID) -> None:
    with sessions.begin() as session:
        assert lease.claim(session, job_id, "uploading") is not None
    age(sessions, 60)
    assert reap(sessions, reclaim=False) == []
    assert step_of(sessions, job_id, "uploading").status == "running"
    assert reap(sessions) == [job_id]


def test_one_reaper_works_at_a_time(sessions: Sessions, job_id: UUID) -> None:
    with sessions.begin() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": REAPER_LOCK})
        assert reap(sessions) == []
    assert reap(sessions) == [job_id]
