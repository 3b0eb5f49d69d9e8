"""Uploads of which nobody knows whether they are there: the store or the database was lost before it answered.

A commit without an answer may have happened: its objects must not be removed, since a job may need them. A PUT without
an answer may still happen, after a removal. So each is looked after until both have told.
"""

import logging
import threading
import time
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.core.errors import StorageUnavailable
from app.models import Upload
from app.services.storage.protocol import ObjectStore
from app.services.uploads import StoredUpload

ASK_EVERY_S = 2.0
CERTAIN_AFTER_S = 30.0
"""A frozen server that goes on may still find our COMMIT or PUT in its socket: what it said at first is asked again."""
log = logging.getLogger(__name__)


@dataclass
class _Open:
    stored: StoredUpload
    missed_s: float | None = None
    """When the database first said that it has no such row, by the monotonic clock."""
    removed_s: float | None = None
    """When the store first said that it has removed the objects."""


class UnsettledUploads:
    """One thread for all, which lives while there are any. What a killed process had here, the workers comb out."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        store: ObjectStore,
        *,
        ask_every_s: float = ASK_EVERY_S,
        certain_after_s: float = CERTAIN_AFTER_S,
    ) -> None:
        self._sessions, self._store = sessions, store
        self._ask_every_s, self._certain_after_s = ask_every_s, certain_after_s
        self._open: list[_Open] = []
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def add(self, stored: StoredUpload) -> None:
        """Keep the objects of ``stored`` if it has a row, and remove them if not, as soon as that is known."""
        with self._lock:
            self._open.append(_Open(stored))
            if self._thread is None:
                self._thread = threading.Thread(target=self._settle_all, name="unsettled", daemon=True)
                self._thread.start()

    def _settle_all(self) -> None:
        while True:
            time.sleep(self._ask_every_s)
            with self._lock:
                open_now = list(self._open)
            settled = []
            for each in open_now:
                try:
                    if self._settled(each):
                        settled.append(each)
                except (SQLAlchemyError, StorageUnavailable, OSError) as error:
                    log.info("upload %s is not settled yet: %s", each.stored.upload_id, type(error).__name__)
            with self._lock:
                self._open = [each for each in self._open if each not in settled]
                if not self._open:
                    self._thread = None
                    return

    def _settled(self, each: _Open) -> bool:
        with self._sessions() as session:
            if session.scalar(select(Upload.id).where(Upload.id == each.stored.upload_id)) is not None:
                return True
        now_s = time.monotonic()
        if each.missed_s is None:
            each.missed_s = now_s
        if now_s - each.missed_s < self._certain_after_s:
            return False
        if each.removed_s is not None and now_s - each.removed_s < self._certain_after_s:
            return False
        each.stored.remove(self._store)
        if each.removed_s is None:
            each.removed_s = time.monotonic()
            return False
        log.info("upload %s was never recorded and is removed", each.stored.upload_id)
        return True
