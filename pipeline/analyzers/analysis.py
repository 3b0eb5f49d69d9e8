"""The analysis of a job: the local one first, which is always there, then what a model adds to it."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from time import monotonic

from agents.types import Analysis, AnalysisRequest, Notice, Report
from app.core.settings import Settings
from pipeline.analyzers.answer import UnusableAnswer, WindowAnswer, parse
from pipeline.analyzers.answer_cache import AnswerCache
from pipeline.analyzers.asking import FIRST_WAIT_S, Asker
from pipeline.analyzers.choice import LOCAL, chosen, open_model
from pipeline.analyzers.grounding import Grounded, ground
from pipeline.analyzers.merging import merge
from pipeline.analyzers.model import KeyRefused, ModelBusy, ModelRefused, Reply
from pipeline.analyzers.prompt import repair_prompt, window_prompt
from pipeline.analyzers.usage import Usage
from pipeline.analyzers.windows import Window, windows

LOCAL_SHARE = 0.3
FAILURES_IN_A_ROW = 2
"""One window may be more than a model can take; with two it is the model."""


@dataclass(frozen=True)
class Analyst:
    """What an analysis needs besides its request. ``local`` runs the agent and fills the given share of progress.

    ``limit_s`` is what all of it may take; a model gets what the local analysis has left.
    """

    settings: Settings
    local: Callable[[AnalysisRequest, tuple[float, float]], Analysis]
    cache: AnswerCache
    stop: threading.Event
    report: Report
    limit_s: float
    first_wait_s: float = FIRST_WAIT_S

    def analyse(self, request: AnalysisRequest, analyzer: str) -> tuple[Analysis, Usage | None]:
        """Analyse with ``analyzer`` (a value of the option). A model that fails costs a warning.

        Raises what the local analysis raises, and ChildStopped.
        """
        began_s = monotonic()
        name = chosen(analyzer, self.settings)
        alone = name == LOCAL
        local = self.local(replace(request, backend=LOCAL), (0.0, 1.0 if alone else LOCAL_SHARE))
        if alone or not local.sentences:
            return local, None
        try:
            model = open_model(name, self.settings)
        except ModelRefused as refusal:
            return _fallback(local, name, str(refusal), refusal.code), None
        asker = Asker(
            model=model,
            cache=self.cache,
            usage=Usage(model.model),
            stop=self.stop,
            timeout_s=self.settings.analyzer_timeout_s,
            deadline_s=began_s + self.limit_s,
            first_wait_s=self.first_wait_s,
        )
        try:
            return _Conversation(request, local, asker, self.report).held(self.settings.analyzer_window_chars)
        finally:
            asker.close()


class _Conversation:
    """Window after window; once the model answers no more, only what an earlier attempt has paid for is used."""

    def __init__(self, request: AnalysisRequest, local: Analysis, asker: Asker, report: Report) -> None:
        self._request, self._local, self._asker, self._report = request, local, asker, report
        self._problems: dict[str, None] = {}
        self._failed, self._heard = 0, False

    def held(self, window_chars: int) -> tuple[Analysis, Usage]:
        todo = windows([s.text for s in self._local.sentences], window_chars)
        usage, name = self._asker.usage, self._asker.model.backend
        usage.windows = len(todo)
        found: list[tuple[Window, Grounded | None]] = []
        for number, window in enumerate(todo):
            done = LOCAL_SHARE + (1 - LOCAL_SHARE) * number / len(todo)
            if not self._asker.given_up:
                self._report(done, f"Asking {name}" + (f" ({number + 1} of {len(todo)})" if len(todo) > 1 else ""))
            self._asker.tell = partial(self._report, done)
            found.append((window, self._answered(window)))
            usage.answered += found[-1][1] is not None
        if not usage.answered:
            return _fallback(self._local, name, self._told()), usage
        merged = merge(self._local, found, name)
        if usage.answered == len(todo):
            return merged, usage
        detail = f"{usage.answered} of {len(todo)} parts come from {name}, the rest from the local analysis."
        notice = Notice("analyzer_partial", f"{detail} {name} {self._told()}.")
        return replace(merged, warnings=(*merged.warnings, notice)), usage

    def _told(self) -> str:
        """What went wrong, each once."""
        return "; ".join(self._problems)

    def _answered(self, window: Window) -> Grounded | None:
        """What the model found in ``window``, None where it gave nothing usable."""
        try:
            grounded = self._window(window)
        except UnusableAnswer as problem:
            self._problems[f"gave no usable answer: {str(problem).removesuffix('.')}"] = None
            grounded = None
        except (ModelBusy, ModelRefused) as error:
            self._problems[str(error)] = None
            self._failed += 1
            dead = not self._heard and not (isinstance(error, ModelBusy) and error.unpaid)
            if dead or isinstance(error, KeyRefused) or self._failed == FAILURES_IN_A_ROW:
                self._asker.given_up = error
            return None
        self._failed, self._heard = 0, True
        return grounded

    def _window(self, window: Window) -> Grounded:
        sentences = self._local.sentences
        prompt = window_prompt(sentences, self._request.slide_changes, window, self._request.focus)
        reply = self._asker.ask(prompt)
        try:
            answer = _read(reply)
        except UnusableAnswer as problem:
            if reply.withheld:
                raise
            self._asker.usage.repaired += 1
            reply = self._asker.ask(repair_prompt(prompt, reply.text, str(problem)))
            answer = _read(reply)
        grounded = ground(answer, sentences, window, self._asker.usage)
        if not (grounded.topics or grounded.keys or grounded.statements):
            raise UnusableAnswer("Nothing in it rests on the transcript.")
        return grounded


def readable(reply: Reply) -> bool:
    """Is there an answer that fits the schema?"""
    try:
        _read(reply)
    except UnusableAnswer:
        return False
    return True


def _read(reply: Reply) -> WindowAnswer:
    if reply.problem is not None:
        raise UnusableAnswer(reply.problem)
    return parse(reply.text)


def _fallback(local: Analysis, name: str, reason: str, code: str = "analyzer_fallback") -> Analysis:
    notice = Notice(code, f"{name} {reason}. The topics come from the local analysis.")
    return replace(local, warnings=(*local.warnings, notice))
