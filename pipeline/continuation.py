"""Goes on with a job: decides in one transaction, sends after it. What fails here is found by the reaper."""

import logging
from uuid import UUID

from celery import Celery
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.core.logging import job_context
from pipeline.orchestrator import Dispatch, continue_job

log = logging.getLogger(__name__)


def proceed(sessions: sessionmaker[Session], celery: Celery, job_id: UUID) -> None:
    """Send the steps of a job that can run now, or finish it. Never raises what a database or a broker raises."""
    send(celery, decide(sessions, job_id))


def decide(sessions: sessionmaker[Session], job_id: UUID) -> Dispatch:
    """Mark what can run now as sent, or finish the job. Nothing to send also where the database does not answer."""
    with job_context(job_id):
        try:
            with sessions.begin() as session:
                return continue_job(session, job_id)
        except SQLAlchemyError as error:
            log.warning("the job waits for the reaper: %s", type(error).__name__)
            return Dispatch(job_id, ())


def send(celery: Celery, dispatch: Dispatch) -> bool:
    """Whether the broker took it. What it did not take is marked all the same, and found to be missing."""
    with job_context(dispatch.job_id):
        try:
            dispatch.send(celery)
        except (BrokerError, OSError) as error:
            log.warning("the job waits for the reaper: %s", type(error).__name__)
            return False
    return True
