"""One run of one step: admitted, watched, done, committed. Never raises: how it ended is in the database."""

import logging
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import ArtifactNotFound, LecternError, StorageUnavailable
from app.core.logging import job_context
from app.core.milestones import reached
from app.models import Job, Upload
from app.services.caller_keys import held_by, let_go
from app.services.jobs import log_event
from pipeline import lease
from pipeline.admission import admit
from pipeline.child import ChildFailed, ChildStopped
from pipeline.context import StepContext
from pipeline.lease import Claim
from pipeline.orchestrator import commit_failure, commit_outcome
from pipeline.outcome import Failure, Outcome
from pipeline.runtime import Runtime
from pipeline.step_registry import STEPS
from pipeline.tidy import workspace_name
from pipeline.watch import Watch

log = logging.getLogger(__name__)
COMMIT_WITHIN_S = 60.0
COMMIT_AGAIN_S = 1.0


@dataclass(frozen=True)
class _Held:
    """``upload`` is None where the recording is gone."""

    claim: Claim
    job: Job
    upload: Upload | None


def run_next(runtime: Runtime, queue: str, hint: tuple[UUID, str]) -> UUID | None:
    """Run the step that is next in ``queue``, if there is one. Returns the job that may go on now."""
    try:
        held = _admit(runtime, queue, hint)
        if held is None:
            log.info("nothing to claim in %s", queue)
            return None
        reached("step_claimed")
        with job_context(held.claim.job_id, held.claim.name):
            _run_held(runtime, held)
    except SQLAlchemyError as error:
        log.error("a step of %s: database unreachable: %s", queue, type(error).__name__)
        return None
    return held.claim.job_id


def _admit(runtime: Runtime, queue: str, hint: tuple[UUID, str]) -> _Held | None:
    with runtime.sessions.begin() as session:
        claim = admit(session, queue, hint)
        if claim is None:
            return None
        job = session.get_one(Job, claim.job_id)
        upload = session.get(Upload, job.upload_id) if job.upload_id else None
        message, attempt = f"{claim.name} started.", {"attempt": claim.attempt}
        log_event(session, claim.job_id, "step_started", message, step=claim.name, data=attempt)
        session.flush()
        session.expunge_all()
        reached("step_claiming")
    return _Held(claim, job, upload)


def _run_held(runtime: Runtime, held: _Held) -> None:
    claim = held.claim
    watch = Watch(claim, runtime.sessions, runtime.shutdown)
    watch.start()
    workspace = runtime.settings.work_dir / "steps" / workspace_name(claim.job_id, claim.name, claim.fence)
    ended: Outcome | Failure | None
    try:
        workspace.mkdir(parents=True)
        ended = _work(runtime, held, workspace, watch)
        reached("step_worked")
    except OSError as error:
        ended = _failure(claim, error)
    finally:
        watch.close()
        shutil.rmtree(workspace, ignore_errors=True)
    _commit(runtime, claim, ended, watch.reason)
    reached("step_committed")
    _let_go(runtime, claim)


def _work(runtime: Runtime, held: _Held, workspace: Path, watch: Watch) -> Outcome | Failure | None:
    """The step's outcome; None when it was stopped from outside."""
    if held.upload is None:
        return Failure("source_missing", "The uploaded file of this job is gone.")
    context = StepContext(
        claim=held.claim,
        job=held.job,
        upload=held.upload,
        settings=runtime.settings,
        sessions=runtime.sessions,
        store=runtime.store,
        cache=runtime.cache,
        workspace=workspace,
        report=watch.report,
        stop=watch.stop,
    )
    try:
        return STEPS[held.claim.adapter](context)
    except ChildStopped:
        return None
    except Exception as error:  # a step's fault must not cost the worker its thread
        return _failure(held.claim, error)


def _failure(claim: Claim, error: Exception) -> Failure:
    match error:
        case ChildFailed():
            return Failure(error.code, str(error), error.retryable)
        case ArtifactNotFound():
            return Failure("source_missing", error.detail)
        case LecternError():
            return Failure(error.code, error.detail, error.retryable, error.fatal)
        case SQLAlchemyError():
            reason = type(error).__name__
            return Failure("database_unavailable", f"The database did not answer ({reason}).", retryable=True)
    log.error("job %s: %s", claim.job_id, claim.name, exc_info=error)
    if isinstance(error, OSError):
        return Failure("worker_disk", f"The worker could not use its disk: {error.strerror}.", retryable=True)
    return Failure("internal_error", "The step failed by a fault of Lectern's own; the worker's log has more.")


def _commit(runtime: Runtime, claim: Claim, ended: Outcome | Failure | None, reason: str | None) -> None:
    """Sit out a short outage of the database: the work is done, and the fence tells whether it is still ours.

    Raises SQLAlchemyError after a minute, or at once when the worker shuts down.
    """
    give_up_s = time.monotonic() + COMMIT_WITHIN_S
    while True:
        try:
            return _try_commit(runtime, claim, ended, reason)
        except SQLAlchemyError as error:
            if runtime.shutdown.is_set() or time.monotonic() > give_up_s:
                raise
            log.warning("the step's end could not be written yet: %s", type(error).__name__)
        runtime.shutdown.wait(COMMIT_AGAIN_S)


def _try_commit(runtime: Runtime, claim: Claim, ended: Outcome | Failure | None, reason: str | None) -> None:
    kept = False
    with runtime.sessions.begin() as session:
        if isinstance(ended, Outcome):
            kept = commit_outcome(session, claim, ended)
        elif isinstance(ended, Failure):
            commit_failure(session, claim, ended)
        elif reason == "cancelled":
            lease.let_go(session, claim)
        elif reason == "shutdown":
            lease.hand_back(session, claim)
        reached("step_committing")
    if isinstance(ended, Outcome) and not kept:
        log.warning("job %s: %s ran for nothing, somebody else owns it", claim.job_id, claim.name)
        _take_back(runtime, ended)


def _let_go(runtime: Runtime, claim: Claim) -> None:
    """The caller's key goes with the step, if that has ended for good; one that cannot go now, the sweeper finds."""
    held = held_by(claim.job_id, claim.params)
    if held is None:
        return
    try:
        let_go(runtime.sessions, runtime.store, held)
    except (StorageUnavailable, SQLAlchemyError) as error:
        log.warning("job %s: its sealed key waits for the sweeper: %s", claim.job_id, type(error).__name__)


def _take_back(runtime: Runtime, outcome: Outcome) -> None:
    """Files nobody will ask for; those that the store cannot remove now, the sweeper finds."""
    try:
        for file in outcome.files:
            runtime.store.delete(file.object_key)
    except StorageUnavailable as error:
        log.warning("its files stay in the store for now: %s", error)
