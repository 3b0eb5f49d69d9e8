"""Goes on with a job: decides in one transaction, sends after it. What fails here is found by the reaper."""

import logging
from uuid import UUID

from celery import Celery
from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.core.logging import job_context
from pipeline import orchestrator

log = logging.getLogger(__name__)


def proceed(sessions: sessionmaker[Session], celery: Celery, job_id: UUID) -> None:
    """Send the steps of a job that can run now, or finish it. Never raises what a database or a broker raises."""
    with job_context(job_id):
        try:
            with sessions.begin() as session:
                dispatch = orchestrator.continue_job(session, job_id)
            dispatch.send(celery)
        except (SQLAlchemyError, BrokerError, OSError) as error:
            log.warning("the job waits for the reaper: %s", type(error).__name__)
