"""Which step a free slot takes: of the owner with the fewest running jobs, then by priority, then the oldest."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy.orm import Session, sessionmaker

from app.models import Job
from pipeline import lease, orchestrator
from pipeline.admission import admit
from pipeline.outcome import Outcome
from tests.pipeline.conftest import submit

pytestmark = pytest.mark.stack
Sessions = sessionmaker[Session]
NOWHERE = (uuid4(), "uploading")


def sent(sessions: Sessions, owner: str, *, priority: int = 0) -> UUID:
    """A job whose first step waits for a slot."""
    job_id = submit(sessions, f"uploads/{uuid4().hex}/source.mp4")
    with sessions.begin() as session:
        job = session.get_one(Job, job_id)
        job.owner, job.priority = owner, priority
    with sessions.begin() as session:
        assert orchestrator.continue_job(session, job_id).steps == (("uploading", "io"),)
    return job_id


def take(sessions: Sessions, queue: str = "io", hint: tuple[UUID, str] = NOWHERE) -> lease.Claim | None:
    with sessions.begin() as session:
        return admit(session, queue, hint)


def taken(sessions: Sessions, count: int) -> list[UUID]:
    claims = [take(sessions) for _ in range(count)]
    return [claim.job_id for claim in claims if claim is not None]


def test_owners_take_turns_whoever_came_first(sessions: Sessions) -> None:
    crowd = [sent(sessions, "crowd") for _ in range(4)]
    late = [sent(sessions, "late") for _ in range(2)]
    assert taken(sessions, 7) == [crowd[0], late[0], crowd[1], late[1], crowd[2], crowd[3]]


def test_priority_counts_within_an_owner_only(sessions: Sessions) -> None:
    low = sent(sessions, "a", priority=-5)
    usual = sent(sessions, "a")
    urgent = sent(sessions, "a", priority=5)
    modest = sent(sessions, "b", priority=-10)
    assert taken(sessions, 4) == [urgent, modest, usual, low]


def test_what_counts_is_running_jobs_not_their_steps(sessions: Sessions) -> None:
    wide, other = sent(sessions, "wide"), sent(sessions, "other")
    for _ in range(2):
        held = take(sessions)
        assert held is not None
        with sessions.begin() as session:
            orchestrator.commit_outcome(session, held, Outcome())
            orchestrator.continue_job(session, held.job_id)
    order = [take(sessions, "media") for _ in range(3)]
    names = [(held.job_id, held.name) for held in order if held is not None]
    # The third: each owner has one running job, however many steps of it run, so the older job goes on.
    assert names == [(wide, "silence_detection"), (other, "silence_detection"), (wide, "layout_detection")]


def test_the_hint_is_only_where_to_begin(sessions: Sessions) -> None:
    first, second = sent(sessions, "a"), sent(sessions, "a")
    held = take(sessions, hint=(second, "uploading"))
    assert held is not None
    assert held.job_id == first
    held = take(sessions, hint=(first, "uploading"))
    assert held is not None
    assert held.job_id == second
    assert take(sessions, hint=(first, "uploading")) is None


def test_a_step_of_another_queue_is_not_taken(sessions: Sessions) -> None:
    sent(sessions, "a")
    assert take(sessions, "media") is None


def test_a_locked_job_is_passed_over_and_waits_for_its_own_message(sessions: Sessions) -> None:
    locked, free = sent(sessions, "a"), sent(sessions, "a")
    with sessions.begin() as session:
        assert lease.lock_job(session, locked)
        assert taken(sessions, 1) == [free]
    held = take(sessions, hint=(locked, "uploading"))
    assert held is not None


def test_cancelled_and_unsent_jobs_are_not_taken(sessions: Sessions) -> None:
    submit(sessions, f"uploads/{uuid4().hex}/source.mp4")
    cancelled = sent(sessions, "a")
    with sessions.begin() as session:
        job = session.get_one(Job, cancelled)
        job.cancel_requested_at = job.created_at
    assert take(sessions) is None
