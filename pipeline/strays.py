"""Removes objects that no row speaks of: a process was killed between storing them and saying so."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from app.services.storage.protocol import ObjectStore

AT_ONCE = 500
YOUNG = timedelta(days=1)
"""Something this new may still be on its way into the database: no upload and no step takes a day."""
_OWNED = re.compile(r"(?P<place>jobs|uploads)/(?P<id>[0-9a-f-]{32,36})/.+", re.ASCII)
_UPLOADS = text("SELECT id FROM uploads WHERE id = ANY(:ids)")
_LIVE_JOBS = text("SELECT id FROM jobs WHERE id = ANY(:ids) AND status IN ('queued', 'running')")
_ARTIFACTS = text("SELECT object_key FROM artifacts WHERE object_key = ANY(:keys)")


def drop_strays(sessions: sessionmaker[Session], store: ObjectStore, *, young: timedelta = YOUNG) -> int:
    """Look at every object, ``AT_ONCE`` at a time. Returns how many were removed. Raises StorageUnavailable."""
    before = datetime.now(UTC) - young
    gone = 0
    for place in ("uploads/", "jobs/"):
        keys = store.keys(place)
        while some := list(islice(keys, AT_ONCE)):
            for key in _strays(sessions, list(_old(some, before))):
                store.delete(key)
                gone += 1
    return gone


def _old(keys: list[str], before: datetime) -> Iterator[tuple[str, str, UUID]]:
    """Place, key and owner of those whose owner was made before ``before``: its id holds the time."""
    for key in keys:
        match = _OWNED.fullmatch(key)
        if match is not None:
            owner = UUID(match["id"])
            if datetime.fromtimestamp((owner.int >> 80) / 1000, UTC) < before:
                yield match["place"], key, owner


def _strays(sessions: sessionmaker[Session], found: list[tuple[str, str, UUID]]) -> list[str]:
    if not found:
        return []
    ids = list({owner for _, _, owner in found})
    with sessions.begin() as session:
        known = set(session.scalars(_UPLOADS, {"ids": ids})) | set(session.scalars(_LIVE_JOBS, {"ids": ids}))
        kept = set(session.scalars(_ARTIFACTS, {"keys": [key for _, key, _ in found]}))
    return [key for _, key, owner in found if owner not in known and key not in kept]
