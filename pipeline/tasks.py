"""The two tasks there are. Neither raises: outcomes are rows, and the reaper finds what is left undone."""

import logging
from uuid import UUID

from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.exc import SQLAlchemyError

from app.core.logging import job_context
from app.core.queue import CONTINUE_JOB, RUN_STEP
from pipeline import orchestrator
from pipeline.celery_app import celery
from pipeline.runtime import runtime
from pipeline.step_run import run_step as run

log = logging.getLogger(__name__)


@celery.task(name=CONTINUE_JOB)
def continue_job(job_id: str) -> None:
    """Send what can run next, or finish the job."""
    with job_context(job_id):
        try:
            with runtime().sessions.begin() as session:
                dispatch = orchestrator.continue_job(session, UUID(job_id))
            dispatch.send(celery)
        except (SQLAlchemyError, BrokerError, OSError) as error:
            log.warning("job %s waits for the reaper: %s", job_id, type(error).__name__)


@celery.task(name=RUN_STEP)
def run_step(job_id: str, name: str) -> None:
    """Run one step, if it is there to be claimed."""
    if not runtime().shutdown.is_set():
        with job_context(job_id, name):
            run(runtime(), UUID(job_id), name)
