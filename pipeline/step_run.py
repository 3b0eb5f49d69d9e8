"""One run of one step: claim, watch, work, commit. Never raises: how it ended is in the database."""

import logging
import shutil
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import ArtifactNotFound, LecternError, StorageUnavailable
from app.models import Job, Upload
from app.services.jobs import log_event
from pipeline import lease
from pipeline.child import ChildFailed, ChildStopped
from pipeline.context import StepContext
from pipeline.lease import Claim
from pipeline.orchestrator import commit_cancelled, commit_failure, commit_outcome
from pipeline.outcome import Failure, Outcome
from pipeline.runtime import Runtime
from pipeline.step_registry import STEPS
from pipeline.tidy import workspace_name
from pipeline.watch import Watch

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Held:
    claim: Claim
    job: Job
    upload: Upload


def run_step(runtime: Runtime, job_id: UUID, name: str) -> None:
    """Run ``name`` of ``job_id`` if it is there to be claimed."""
    try:
        held = _claim(runtime, job_id, name)
        if held is None:
            log.info("job %s: nothing to claim for %s", job_id, name)
            return
        _run_held(runtime, held)
    except SQLAlchemyError as error:
        log.error("job %s: %s: database unreachable: %s", job_id, name, type(error).__name__)


def _claim(runtime: Runtime, job_id: UUID, name: str) -> _Held | None:
    with runtime.sessions.begin() as session:
        claim = lease.claim(session, job_id, name)
        if claim is None:
            return None
        job = session.get_one(Job, job_id)
        upload = session.get(Upload, job.upload_id)
        log_event(session, job_id, "step_started", f"{name} started.", step=name, data={"attempt": claim.attempt})
        if upload is None:
            commit_failure(session, claim, Failure("source_missing", "The uploaded file of this job is gone."))
            return None
        session.flush()
        session.expunge_all()
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
    finally:
        watch.close()
        shutil.rmtree(workspace, ignore_errors=True)
    _commit(runtime, claim, ended, watch.reason)


def _work(runtime: Runtime, held: _Held, workspace: Path, watch: Watch) -> Outcome | Failure | None:
    """The step's outcome; None when it was stopped from outside."""
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
        return STEPS[held.claim.stage](context)
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
            return Failure(error.code, error.detail, retryable=isinstance(error, StorageUnavailable))
        case SQLAlchemyError():
            reason = type(error).__name__
            return Failure("database_unavailable", f"The database did not answer ({reason}).", retryable=True)
    log.error("job %s: %s", claim.job_id, claim.name, exc_info=error)
    if isinstance(error, OSError):
        return Failure("worker_disk", f"The worker could not use its disk: {error.strerror}.", retryable=True)
    return Failure("internal_error", "The step failed by a fault of Lectern's own; the worker's log has more.")


def _commit(runtime: Runtime, claim: Claim, ended: Outcome | Failure | None, reason: str | None) -> None:
    kept = False
    with runtime.sessions.begin() as session:
        if isinstance(ended, Outcome):
            kept = commit_outcome(session, claim, ended)
        elif isinstance(ended, Failure):
            commit_failure(session, claim, ended)
        elif reason == "cancelled":
            commit_cancelled(session, claim)
        elif reason == "shutdown":
            lease.hand_back(session, claim)
    if isinstance(ended, Outcome) and not kept:
        log.warning("job %s: %s ran for nothing, somebody else owns it", claim.job_id, claim.name)
        for file in ended.files:
            runtime.store.delete(file.object_key)
