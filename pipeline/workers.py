"""Which workers there are: each calls its sessions by what it can take on, and the database lists the living.

A worker that ends, or is killed, is gone from the list at once; nothing has to be written or tidied.
"""

import os
import re
from uuid import uuid4

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.settings import Settings
from app.services.recipes import Queue

_NAME = re.compile(r"lectern worker (?P<slots>\d+) (?P<queues>[a-z,]+) [0-9a-f]{12}")
_LIVING = text(
    """
    SELECT DISTINCT application_name FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'lectern worker %'
    """
)


def slots_of(settings: Settings) -> int:
    """Steps a worker with these settings runs at once."""
    return settings.worker_concurrency or os.cpu_count() or 1


def session_name(settings: Settings) -> str:
    """What a worker calls its sessions, different for each process; PostgreSQL keeps 63 bytes."""
    return f"lectern worker {slots_of(settings)} {','.join(settings.worker_queues)} {uuid4().hex[:12]}"


def slots_by_worker(session: Session, queue: Queue) -> tuple[int, ...]:
    """How many steps each living worker that serves ``queue`` runs at once.

    Empty where the database does not tell, as behind a pooler that calls all sessions alike.
    """
    named = (_NAME.fullmatch(name) for name in session.scalars(_LIVING))
    return tuple(sorted(int(found["slots"]) for found in named if found and queue in found["queues"].split(",")))
