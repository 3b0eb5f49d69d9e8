"""What was lost is found: expired leases, messages nobody received, jobs nobody continued."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from pipeline import lease, orchestrator
from pipeline.outcome import Outcome
from pipeline.reaper import LATE_S, REAPER_LOCK, Found, reap
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


def round_of(sessions: Sessions, *, reclaim: bool = True) -> list[UUID]:
    """The jobs that one round finds, where the broker does not say what it holds."""
    return reap(sessions, None, reclaim=reclaim).jobs


def rung(sessions: Sessions, **messages: int) -> list[tuple[UUID, tuple[tuple[str, str], ...]]]:
    """What one round sends again, where the broker holds ``messages``."""
    return [(dispatch.job_id, dispatch.steps) for dispatch in reap(sessions, messages).rings]


def test_a_job_whose_first_message_was_lost_is_continued(sessions: Sessions, job_id: UUID) -> None:
    assert round_of(sessions) == [job_id]


def test_a_step_whose_message_was_lost_is_sent_again(sessions: Sessions, job_id: UUID) -> None:
    with sessions.begin() as session:
        orchestrator.continue_job(session, job_id)
    for _ in range(3):
        assert rung(sessions, io=0) == [], "it may still be on its way"
        age(sessions, LATE_S + 1)
        assert rung(sessions, io=1) == [], "it waits in the broker"
        assert rung(sessions, media=0) == [], "nothing was sent there"
        assert rung(sessions, io=0) == [(job_id, (("uploading", "io"),))]


def test_without_the_broker_s_word_nothing_is_sent_again(sessions: Sessions, job_id: UUID) -> None:
    with sessions.begin() as session:
        orchestrator.continue_job(session, job_id)
    age(sessions, 3600)
    assert reap(sessions, None) == Found([], [])


def test_an_expired_lease_goes_back_and_the_third_is_final(sessions: Sessions, job_id: UUID) -> None:
    for attempt in (1, 2, 3):
        with sessions.begin() as session:
            held = lease.claim(session, job_id, "uploading")
        assert held is not None
        assert held.attempt == attempt
        assert round_of(sessions) == []
        age(sessions, 30)
        assert round_of(sessions) == [job_id]
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
    assert round_of(sessions) == [job_id], "transcription may run for an hour"
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
        assert round_of(sessions) == [other]
    assert set(round_of(sessions)) == {job_id, other}


def test_as_many_are_sent_again_as_are_missing(sessions: Sessions, job_id: UUID) -> None:
    """Also while the queue moves: each message that comes takes the next step, whichever it names."""
    jobs = [job_id, *(submit(sessions, f"uploads/{n}/source.mp4") for n in range(4))]
    for each in jobs:
        with sessions.begin() as session:
            orchestrator.continue_job(session, each)
    age(sessions, 60)
    with sessions.begin() as session:
        assert lease.claim(session, jobs[-1], "uploading") is not None
    again = rung(sessions, io=1)
    assert [job for job, _ in again] == jobs[:3], "of four that wait, the oldest three"
    assert rung(sessions, io=4) == []


def test_a_job_that_is_locked_is_left_for_the_next_round(sessions: Sessions, job_id: UUID) -> None:
    with sessions.begin() as session:
        orchestrator.continue_job(session, job_id)
    age(sessions, 60)
    with sessions.begin() as frozen:
        assert lease.lock_job(frozen, job_id)
        assert rung(sessions, io=0) == []
    assert rung(sessions, io=0) == [(job_id, (("uploading", "io"),))]


def test_after_an_outage_the_living_renew_first(sessions: Sessions, job_id: UUID) -> None:
    with sessions.begin() as session:
        assert lease.claim(session, job_id, "uploading") is not None
    age(sessions, 60)
    assert round_of(sessions, reclaim=False) == []
    assert step_of(sessions, job_id, "uploading").status == "running"
    assert round_of(sessions) == [job_id]


def test_one_reaper_works_at_a_time(sessions: Sessions, job_id: UUID) -> None:
    with sessions.begin() as other:
        other.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": REAPER_LOCK})
        assert round_of(sessions) == []
    assert round_of(sessions) == [job_id]
