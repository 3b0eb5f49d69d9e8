"""The audit trail: who changed what, in which request. Written in the transaction of the change, kept for a year."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.core.logging import request_id
from app.core.principal import Principal
from app.core.redaction import redact_all
from app.models import AuditEntry

KEPT = timedelta(days=365)
BATCH = 1000
log = logging.getLogger("lectern.audit")


def record(session: Session, principal: Principal, action: str, target: str | None = None, **data: object) -> None:
    """Write down that ``principal`` did ``action`` (``job.cancel``) to ``target``, and say it in the log.

    It is there if and only if the caller's transaction commits. ``data`` are JSON values; secrets in them are masked.
    """
    request = request_id.get()
    kept = redact_all(data)
    assert isinstance(kept, dict)
    session.add(
        AuditEntry(
            owner=principal.owner,
            actor=principal.actor,
            address=principal.address,
            action=action,
            target=target,
            request_id=None if request == "-" else request,
            data=kept,
        )
    )
    session.flush()
    said = {"owner": principal.owner, "actor": principal.actor, "address": principal.address}
    log.info("%s %s by %s", action, target or "-", principal.actor, extra={**said, "action": action, "target": target})


def entries(
    session: Session, *, owner: str | None = None, since: datetime | None = None, limit: int = 1000
) -> Sequence[AuditEntry]:
    """The newest ``limit`` entries, oldest first."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(limit)
    if owner is not None:
        query = query.where(AuditEntry.owner == owner)
    if since is not None:
        query = query.where(AuditEntry.at >= since)
    return list(session.scalars(query))[::-1]


def forget_old(session: Session) -> int:
    """Delete a batch of what is older than a year. Returns how many; ask again while that is ``BATCH``."""
    old = select(AuditEntry.id).where(AuditEntry.at < func.now() - KEPT).order_by(AuditEntry.at).limit(BATCH)
    gone = session.execute(
        delete(AuditEntry).where(AuditEntry.id.in_(old.with_for_update(skip_locked=True))).returning(AuditEntry.id)
    )
    return len(gone.all())
