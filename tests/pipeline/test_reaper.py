"""What was lost is found: expired leases, messages nobody received, jobs nobody continued."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from pipeline import lease, orchestrator
from pipeline.reaper import REAPER_LOCK, reap
from tests.pipeline.conftest import step_of

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
    assert reap(sessions) == [], "not at once: the message may be on its way"
    age(sessions, 10)
    assert reap(sessions) == [job_id]


def test_a_step_that_was_sent_and_not_claimed_is_sent_again_later_and_later(sessions: Sessions, job_id: UUID) -> None:
    for after_s in (16, 31):
        with sessions.begin() as session:
            assert orchestrator.continue_job(session, job_id).chains == (("uploading",),)
        age(sessions, after_s - 3)
        assert reap(sessions) == []
        age(sessions, 3)
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


def test_one_reaper_works_at_a_time(sessions: Sessions, job_id: UUID) -> None:
    age(sessions, 10)
    with sessions.begin() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": REAPER_LOCK})
        assert reap(sessions) == []
    assert reap(sessions) == [job_id]
