"""A stage that makes parts of itself and a last step that waits for them: sent, claimed, failed, retried in order."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from app.models import Job
from app.services.engine_state import read_state
from app.services.job_control import retry_job
from app.services.job_view import job_document
from pipeline import lease
from pipeline.orchestrator import commit_failure, commit_outcome, continue_job
from pipeline.outcome import Failure, Outcome, Part
from pipeline.reaper import reap
from tests.pipeline.conftest import job_of, step_of
from tests.pipeline.test_orchestrator import fail, finish, proceed, take

pytestmark = pytest.mark.stack
Sessions = sessionmaker[Session]
PARTS = ("transcription/1", "transcription/2")
MERGE = "transcription/merge"


def in_parts() -> Outcome:
    parts = [Part("transcription", n, {"adapter": "transcription_part", "weight": 20.0}) for n in (1, 2)]
    last = Part("transcription", 3, {"weight": 9.0}, needs=PARTS, queue="io", label="merge")
    return Outcome(parts=(*parts, last))


@pytest.fixture
def cut(sessions: Sessions, job_id: UUID) -> UUID:
    """A highlights job whose transcription has just been cut."""
    proceed(sessions, job_id)
    finish(sessions, job_id, "uploading")
    proceed(sessions, job_id)
    for stage in ("silence_detection", "layout_detection"):
        finish(sessions, job_id, stage)
    finish(sessions, job_id, "transcription", in_parts())
    return job_id


def test_parts_then_the_last_then_the_next_stage(sessions: Sessions, cut: UUID) -> None:
    with sessions.begin() as session:
        dispatch = continue_job(session, cut)
    assert dispatch.steps == ((PARTS[0], "transcribe"), (PARTS[1], "transcribe"))
    assert take(sessions, cut, PARTS[1]).adapter == "transcription_part"
    with sessions.begin() as session:
        assert lease.claim(session, cut, MERGE) is None, "a part is not done"
        assert lease.claim(session, cut, "content_analysis") is None, "the stage is not done"
    finish(sessions, cut, PARTS[0])
    assert proceed(sessions, cut) == ()


def test_the_last_step_has_a_queue_of_its_own(sessions: Sessions, cut: UUID) -> None:
    proceed(sessions, cut)
    for name in PARTS:
        finish(sessions, cut, name)
    with sessions.begin() as session:
        assert continue_job(session, cut).steps == ((MERGE, "io"),)
    assert step_of(sessions, cut, MERGE).position > step_of(sessions, cut, PARTS[1]).position
    finish(sessions, cut, MERGE)
    assert proceed(sessions, cut) == ("content_analysis",)


def test_what_waits_for_parts_is_not_runnable(sessions: Sessions, cut: UUID) -> None:
    proceed(sessions, cut)
    with sessions.begin() as session:
        assert read_state(session).steps_waiting == {"transcribe": 2}
    assert cut not in reap(sessions, None).jobs, "there is nothing to send"
    for name in PARTS:
        finish(sessions, cut, name)
    with sessions.begin() as session:
        assert read_state(session).steps_waiting == {"io": 1}
    assert cut in reap(sessions, None).jobs, "nobody has continued the job"


def test_progress_goes_by_the_parts_weights(sessions: Sessions, cut: UUID) -> None:
    def progress() -> float:
        with sessions.begin() as session:
            document = job_document(session.get_one(Job, cut), secret=b"x")
        stage = next(each for each in document["steps"] if each["name"] == "transcription")
        return float(stage["progress"])

    assert progress() == pytest.approx(1 / 50)
    held = take(sessions, cut, PARTS[0])
    with sessions.begin() as session:
        assert lease.renew(session, held, 0.5, "Half")
    assert progress() == pytest.approx(11 / 50)
    with sessions.begin() as session:
        assert commit_outcome(session, held, Outcome())
    finish(sessions, cut, PARTS[1])
    assert progress() == pytest.approx(41 / 50)


def test_a_retry_leaves_the_part_that_is_done(sessions: Sessions, cut: UUID) -> None:
    with sessions.begin() as session:  # as in a job that is about the words
        session.execute(text("UPDATE job_steps SET optional = false WHERE job_id = :id"), {"id": cut})
    proceed(sessions, cut)
    finish(sessions, cut, PARTS[0])
    fail(sessions, cut, PARTS[1])
    assert proceed(sessions, cut) == ()
    assert job_of(sessions, cut).status == "failed"
    with sessions.begin() as session:
        retry_job(session, cut, owner="local")
    assert proceed(sessions, cut) == (PARTS[1],)
    assert step_of(sessions, cut, PARTS[0]).status == "completed"


def test_the_last_step_goes_on_without_an_optional_part(sessions: Sessions, cut: UUID) -> None:
    proceed(sessions, cut)
    finish(sessions, cut, PARTS[0])
    held = take(sessions, cut, PARTS[1])
    with sessions.begin() as session:
        commit_failure(session, held, Failure("transcription_failed", "Nobody could."))
    assert proceed(sessions, cut) == (MERGE,)
    assert take(sessions, cut, MERGE).params["weight"] == 9.0
