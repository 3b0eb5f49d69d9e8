"""The audit trail: bound to the change's transaction, without secrets, kept for a year."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from app.core.database import make_sessions
from app.core.logging import request_id
from app.core.principal import Principal
from app.models import AuditEntry
from app.services import audit
from tests.app.core.test_redaction import CANARY

pytestmark = pytest.mark.stack
WHO = Principal("owner-1", "lk_0123456789", frozenset({"write"}), "192.0.2.1")


def test_an_entry_says_who_did_what_in_which_request(session: Session, caplog: pytest.LogCaptureFixture) -> None:
    token = request_id.set("mine-1")
    try:
        with caplog.at_level(logging.INFO, logger="lectern.audit"):
            audit.record(session, WHO, "job.cancel", "0197", status="running", url=f"https://u:{CANARY}@host/")
    finally:
        request_id.reset(token)
    (entry,) = audit.entries(session, owner="owner-1")
    assert (entry.actor, entry.address, entry.action, entry.target) == (WHO.actor, WHO.address, "job.cancel", "0197")
    assert entry.request_id == "mine-1"
    assert entry.data == {"status": "running", "url": "https://***@host/"}
    assert abs(entry.at - datetime.now(UTC)) < timedelta(minutes=5)
    assert [record.message for record in caplog.records] == ["job.cancel 0197 by lk_0123456789"]


def test_a_change_that_is_rolled_back_leaves_no_entry(engine: Engine) -> None:
    sessions = make_sessions(engine)
    with sessions() as session:
        audit.record(session, WHO, "job.delete", "rolled back")
        session.rollback()
    with sessions() as session:
        assert "rolled back" not in {entry.target for entry in audit.entries(session)}


def test_entries_are_found_by_owner_and_time_and_the_newest_are_kept_in_view(session: Session) -> None:
    for number in range(5):
        audit.record(session, WHO, "job.retry", str(number))
    audit.record(session, Principal("owner-2", "local", frozenset()), "job.retry", "theirs")
    assert [entry.target for entry in audit.entries(session, owner="owner-1", limit=2)] == ["3", "4"]
    assert "theirs" in {entry.target for entry in audit.entries(session)}
    assert audit.entries(session, since=datetime.now(UTC) + timedelta(hours=1)) == []


def test_what_is_older_than_a_year_goes_in_batches(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    session.execute(delete(AuditEntry))
    monkeypatch.setattr(audit, "BATCH", 2)
    for days in (400, 399, 366, 364, 1):
        audit.record(session, WHO, "job.delete", str(days))
    for entry in audit.entries(session):
        entry.at = datetime.now(UTC) - timedelta(days=int(entry.target or 0))
    session.flush()
    assert [audit.forget_old(session), audit.forget_old(session), audit.forget_old(session)] == [2, 1, 0]
    assert [entry.target for entry in audit.entries(session)] == ["364", "1"]
