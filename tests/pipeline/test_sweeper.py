"""The sweeper's rounds: old audit entries go, and the counts of outcomes are folded."""

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from app.core.principal import local_principal
from app.models import AuditEntry, OutcomeCount
from app.services import audit
from app.services.storage.factory import make_store
from pipeline import retention
from pipeline.processes import wait_until
from pipeline.retention import Sweeper
from tests.app.conftest import make_settings

pytestmark = pytest.mark.stack


def test_a_round_shortens_the_audit_trail_and_folds_the_counts(sessions: sessionmaker[Session], tmp_path: Path) -> None:
    settings = make_settings(data_dir=tmp_path)
    with sessions.begin() as session:
        for days in (400, 1):
            audit.record(session, local_principal(), "job.delete", f"{days} days ago")
        for entry in audit.entries(session):
            entry.at = datetime.now(UTC) - timedelta(days=int((entry.target or "0").split()[0]))
        same = {"part": "step", "name": "folded", "outcome": "completed", "bucket": 0, "count": 1, "total_s": 0.5}
        session.add_all(OutcomeCount(**same) for _ in range(10))

    def folded() -> tuple[int, int]:
        with sessions() as session:
            query = select(func.count(), func.sum(OutcomeCount.count)).where(OutcomeCount.name == "folded")
            rows, total = session.execute(query).one()
            return rows, int(total)

    def targets() -> list[str | None]:
        with sessions() as session:
            return [entry.target for entry in audit.entries(session)]

    stop = threading.Event()
    with patch.object(retention, "PURGE_EVERY_S", 0.05):
        sweeper = Sweeper(settings, sessions, make_store(settings), stop)
        sweeper.start()
        try:
            assert wait_until(lambda: folded() == (1, 10) and targets() == ["1 days ago"], within_s=30)
        finally:
            stop.set()
            sweeper.join(10)
    with sessions.begin() as session:
        session.query(AuditEntry).delete()
