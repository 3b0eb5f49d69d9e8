"""Delivers what jobs' webhooks are to be told: at least once, by as many workers as there are, each event by one.

A worker that dies while it sends leaves a lease that runs out, and the event is sent again under the same id.
"""

import logging
import threading
import time
from datetime import UTC, datetime
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from app.core.logging import job_context
from app.core.sealing import SealBroken
from app.core.security import secret_key
from app.core.settings import Settings
from app.services.webhooks import message_body, shown_receiver, signed_headers, signing_secret, url_sealer
from pipeline.courier.attempt import Attempt, attempt_delivery, judge
from pipeline.courier.claim import Held, claim_due, put_off, record
from pipeline.courier.slots import MOST_OF_OWNER, Slot, Slots
from pipeline.egress import Egress, EgressStopped

log = logging.getLogger(__name__)
EVERY_S = 1.0
SLICE_S = 0.25
SLOW_S = 1.0
"""A receiver that keeps its senders for longer is looked past."""
MOST_LOOKS = 10
RECORD_AGAIN_AFTER_S = (0.5, 1.0, 2.0, 4.0, 8.0)
"""A short outage of the database must not cost the receiver a repetition."""
END_WITHIN_S = 1.5


class Courier(threading.Thread):
    """Looks each second, and as soon as a sender is free, until ``stop`` is set. Raises ValueError as Egress does."""

    def __init__(self, settings: Settings, sessions: sessionmaker[Session], stop: threading.Event) -> None:
        super().__init__(name="courier", daemon=True)
        self._sessions, self._stopping = sessions, stop
        self._egress = Egress(settings)
        self._secret = secret_key(settings)
        self._sealer = url_sealer(self._secret)
        self._base_url = (settings.public_url or "").rstrip("/")
        self._slots = Slots()
        self._freed = threading.Event()

    def run(self) -> None:
        while not self._stopping.is_set():
            self._freed.clear()
            again_s = EVERY_S
            try:
                again_s = self.send_due()
            except SQLAlchemyError as error:
                log.warning("courier: database unreachable: %s", type(error).__name__)
            self._rest(again_s)
        self.wait_idle(END_WITHIN_S)

    def _rest(self, longest_s: float) -> None:
        """Until a sender is free, or the stop: in slices, as nothing waits for two events at once."""
        end_s = time.monotonic() + longest_s
        while not self._stopping.is_set() and (rest_s := end_s - time.monotonic()) > 0:
            if self._freed.wait(min(rest_s, SLICE_S)):
                return

    def wait_idle(self, timeout_s: float) -> bool:
        """Until nothing is being sent; False where that takes longer."""
        return self._slots.wait_empty(timeout_s)

    def send_due(self) -> float:
        """Claim what is due as far as there are free senders, and start them. Returns seconds until the next look."""
        shortest_s = EVERY_S
        for _ in range(MOST_LOOKS):
            free = self._slots.free()
            if free == 0:
                break
            with self._sessions.begin() as session:
                owners = self._slots.owners()
                claimed = claim_due(session, limit=free, most_of_owner=MOST_OF_OWNER, sending=owners)
            pauses_s = [(held, pause_s) for held in claimed if (pause_s := self._start(held)) > 0]
            if pauses_s:
                with self._sessions.begin() as session:
                    for held, pause_s in pauses_s:
                        put_off(session, held, pause_s)
            shortest_s = min([shortest_s, *(pause_s for _, pause_s in pauses_s)])
            if all(pause_s < SLOW_S for _, pause_s in pauses_s):
                break
        return shortest_s

    def _start(self, held: Held) -> float:
        """0 where it is being sent, else the seconds to put it off."""
        url = self._open(held)
        host = (urlsplit(shown_receiver(url)).hostname or "") if url else ""
        slot = self._slots.take(held.owner, host)
        if not isinstance(slot, Slot):
            return slot
        try:
            threading.Thread(target=self._deliver, args=(held, url, slot), name="courier-sender", daemon=True).start()
        except RuntimeError:  # the machine gives no more threads
            self._slots.give_back(slot)
            return EVERY_S
        return 0.0

    def _open(self, held: Held) -> str | None:
        try:
            return self._sealer.open(held.sealed_url or "")
        except SealBroken:
            return None

    def _deliver(self, held: Held, url: str | None, slot: Slot) -> None:
        with job_context(held.job_id):
            try:
                self._record(held, self._attempt(held, url))
            except EgressStopped:
                self._give_back(held)
            finally:
                self._slots.give_back(slot)
                self._freed.set()

    def _attempt(self, held: Held, url: str | None) -> Attempt:
        began = datetime.now(UTC)
        if url is None:
            reason = "The webhook's address was sealed under another LECTERN_SECRET_KEY. Submit the job again."
            return Attempt(began, 0.0, error=reason, final=True)
        try:
            body = message_body(held.payload, base_url=self._base_url)
            signed = signed_headers(signing_secret(self._secret, held.owner), held.id, began, body)
            headers = {"content-type": "application/json", **signed}
            return attempt_delivery(self._egress, url, headers, body.encode(), self._stopping)
        except EgressStopped:
            raise
        except Exception as error:  # a bug must not send the same event each minute for ever
            log.error("delivery %s: %s is a bug", held.id, type(error).__name__)  # its text may hold the address
            return Attempt(began, 0.0, error="The service failed to send it. Its log says more.")

    def _record(self, held: Held, attempt: Attempt) -> None:
        verdict = judge(attempt, held.attempts)
        for pause_s in (*RECORD_AGAIN_AFTER_S, None):
            try:
                with self._sessions.begin() as session:
                    ours = record(session, held, attempt, verdict)
                break
            except SQLAlchemyError as error:
                if pause_s is None or self._stopping.wait(pause_s):
                    log.warning("delivery %s: not recorded, so sent again: %s", held.id, type(error).__name__)
                    return
        if not ours:
            log.warning("delivery %s: somebody else has it by now", held.id)
        elif verdict.status == "failed":
            log.warning("delivery %s: given up after attempt %d: %s", held.id, held.attempts + 1, attempt.error)
        else:
            log.info("delivery %s: %s after attempt %d", held.id, verdict.status, held.attempts + 1)

    def _give_back(self, held: Held) -> None:
        try:
            with self._sessions.begin() as session:
                put_off(session, held, 0.0)
        except SQLAlchemyError:
            log.warning("delivery %s: its lease runs out by itself", held.id)
