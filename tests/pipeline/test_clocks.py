"""Times that are compared in the database are the database's: a worker's clock may be an hour off."""

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from pipeline import lease, orchestrator
from pipeline.outcome import Failure
from tests.pipeline.conftest import step_of

pytestmark = pytest.mark.stack


def test_sending_leasing_and_trying_again(sessions: sessionmaker[Session], job_id: UUID) -> None:
    now = select(func.now())
    with sessions.begin() as session:
        orchestrator.continue_job(session, job_id)
        sent_at = session.scalar(now)
    assert step_of(sessions, job_id, "uploading").sent_at == sent_at
    with sessions.begin() as session:
        held = lease.claim(session, job_id, "uploading")
        claimed_at = session.execute(now).scalar_one()
    assert held is not None
    lease_s = timedelta(seconds=lease.LEASE_S)
    assert step_of(sessions, job_id, "uploading").lease_expires_at == claimed_at + lease_s
    with sessions.begin() as session:
        orchestrator.commit_failure(session, held, Failure("storage_unavailable", "Away.", retryable=True))
        failed_at = session.execute(now).scalar_one()
    assert step_of(sessions, job_id, "uploading").retry_at == failed_at + orchestrator.RETRY_AFTER
