"""The two tasks there are. Neither raises: outcomes are rows, and the reaper finds what is left undone."""

from uuid import UUID

from app.core.queue import CONTINUE_JOB, RUN_STEP
from pipeline.celery_app import celery
from pipeline.continuation import proceed
from pipeline.memory_return import give_back
from pipeline.runtime import runtime
from pipeline.step_run import run_next


@celery.task(name=CONTINUE_JOB)
def continue_job(job_id: str) -> None:
    """Send what can run next, or finish the job."""
    proceed(runtime().sessions, celery, UUID(job_id))


@celery.task(name=RUN_STEP)
def run_step(job_id: str, name: str, queue: str) -> None:
    """Run the step that is next in ``queue``, if there is one, and go on with its job."""
    if runtime().shutdown.is_set():
        return
    ran = run_next(runtime(), queue, (UUID(job_id), name))
    if ran is not None:
        proceed(runtime().sessions, celery, ran)
        give_back()
