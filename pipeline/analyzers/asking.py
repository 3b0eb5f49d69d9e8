"""Asks a model with patience: from the cache first, in a thread that can be left, again when it was busy."""

import logging
import math
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pipeline.analyzers.answer import whole
from pipeline.analyzers.answer_cache import AnswerCache, cache_key
from pipeline.analyzers.model import LanguageModel, ModelBusy, ModelRefused, Prompt, Reply
from pipeline.analyzers.usage import Usage
from pipeline.child import ChildStopped

log = logging.getLogger(__name__)
ATTEMPTS = 5
MAYBE_PAID_ATTEMPTS = 3
FIRST_WAIT_S = 2.0
LONGEST_WAIT_S = 60.0
POLL_S = 0.1


@dataclass
class Asker:
    """``deadline_s`` is a moment of ``time.monotonic``; ``tell`` gets a sentence while there is a wait."""

    model: LanguageModel
    cache: AnswerCache
    usage: Usage
    stop: threading.Event
    timeout_s: float
    deadline_s: float = math.inf
    tell: Callable[[str], None] = lambda _: None
    first_wait_s: float = FIRST_WAIT_S
    given_up: ModelBusy | ModelRefused | None = None
    _left: list[threading.Thread] = field(default_factory=list)

    def close(self) -> None:
        """Let go of the model, once the calls that were left behind are over: they read from its sockets."""
        if any(call.is_alive() for call in self._left):
            threading.Thread(target=self._close_later, name="close-model", daemon=True).start()
        else:
            self.model.close()

    def _close_later(self) -> None:
        for call in self._left:
            call.join()
        self.model.close()

    def ask(self, prompt: Prompt) -> Reply:
        """An answer, kept for the next time. Raises ModelRefused, ChildStopped, and ModelBusy after five attempts, or
        three where answers may have been paid that never came; ``given_up`` where that is set and no answer is kept.
        """
        key = cache_key(self.model.identity, prompt)
        kept = self.cache.get(key)
        if kept is None and self.given_up is not None:
            raise self.given_up
        reply = kept or self._patiently(prompt)
        if kept is None:
            self.cache.put(key, reply)
        self.usage.add(reply, cached=kept is not None)
        return reply

    def _patiently(self, prompt: Prompt) -> Reply:
        maybe_paid = 0
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return self._once(prompt)
            except ModelBusy as busy:
                wait_s = self._wait_s(attempt, busy)
                maybe_paid += not busy.unpaid
                self.usage.lost += not busy.unpaid
                tried = attempt == ATTEMPTS or maybe_paid == MAYBE_PAID_ATTEMPTS
                if wait_s > LONGEST_WAIT_S or time.monotonic() + wait_s > self.deadline_s:
                    self.given_up = busy
                if tried or self.given_up:
                    raise
                self.tell(f"{self.model.backend} {busy}; trying again in {wait_s:.0f} s")
            if self.stop.wait(wait_s):
                raise ChildStopped
        raise AssertionError("the last attempt returns or raises")

    def _wait_s(self, attempt: int, busy: ModelBusy) -> float:
        """What the server asked for at the least; else twice as long each time, and never all clients at once."""
        own_s: float = self.first_wait_s * 2.0 ** (attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311 - no secret
        return max(own_s, busy.retry_after_s or 0.0)

    def _once(self, prompt: Prompt) -> Reply:
        """In a thread of its own: no library's call can be ended from outside, but it can be left behind."""
        timeout_s = min(self.timeout_s, self.deadline_s - time.monotonic())
        if timeout_s <= 0:
            raise ModelBusy("took longer than the step may", unpaid=True)
        self.usage.requests += 1
        call = _Call(self.model, prompt, timeout_s)
        call.start()
        self._left.append(call)
        give_up_s = time.monotonic() + timeout_s
        while not call.done.wait(POLL_S):
            if self.stop.is_set():
                raise ChildStopped
            if time.monotonic() > give_up_s:
                raise ModelBusy(f"did not answer within {timeout_s:.0f} s")
        self._left.remove(call)
        if call.error is not None:
            raise call.error
        assert call.reply is not None
        return call.reply


class _Call(threading.Thread):
    def __init__(self, model: LanguageModel, prompt: Prompt, timeout_s: float) -> None:
        super().__init__(name=f"ask-{model.backend}", daemon=True)
        self.done = threading.Event()
        self.reply: Reply | None = None
        self.error: Exception | None = None
        self._model, self._prompt, self._timeout_s = model, prompt, timeout_s

    def run(self) -> None:
        try:
            reply = self._model.ask(self._prompt, self._timeout_s)
            self.reply = replace(reply, text=whole(reply.text))
        except (ModelBusy, ModelRefused) as error:  # raised again where it is waited for
            self.error = error
        except Exception as error:  # a library that an odd answer confuses; its words may hold anything
            log.error("%s: %s", self._model.backend, type(error).__name__)
            self.error = ModelBusy("gave an answer that its client library does not understand")
        self.done.set()
