"""Silences: which parts of them nobody would miss, and which ones mean something and stay."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from agents.types import LayoutSpan, Sentence, SlideChange, TimeRange
from agents.types.editing import MeaningfulPause, PlannedCut

MIN_SILENCE_S = 0.7
BREATH_S = 0.25
MIN_CUT_S = 0.2
MIN_KEEP_S = 0.3
THINKING_S = 2.0
"""After a question: the time in which somebody who watches finds an answer."""
SLIDE_S = 1.0
"""Around a slide change: long enough to see that there is something new."""
WRITING_S = 2.0
"""At both ends of a silence in which somebody writes on a board."""
STATEMENT_S = 0.7
"""Before a key statement: the pause that announces it."""
STATEMENT_FROM = 0.5
_STATEMENTS = frozenset({"definition", "key_point", "remember", "exam_hint", "result", "recap"})
_QUESTION_REACH_S = 1.0
_SLIDE_REACH_S = 1.5
_STATEMENT_REACH_S = 0.6
_BOARD_SHARE = 0.8


@dataclass(frozen=True)
class Surroundings:
    """What tells a pause that means something from one that does not; each in time order."""

    sentences: Sequence[Sentence] = ()
    slide_changes: Sequence[SlideChange] = ()
    spans: Sequence[LayoutSpan] = ()


@dataclass(frozen=True)
class _Kept:
    """How much of a silence stays at its start and at its end, and the whole silence's reason to be kept longer."""

    start_s: float
    end_s: float
    reason: str | None


def removable(
    silences: Sequence[TimeRange], words: Sequence[TimeRange], around: Surroundings
) -> tuple[list[PlannedCut], list[MeaningfulPause]]:
    """The parts of the silences that can go, in order and disjoint, and the pauses that stay longer than a breath.

    ``words`` as from ``protected``: no cut touches one. Silences shorter than ``MIN_SILENCE_S`` stay; each other
    leaves a breath at both ends.
    """
    policy = _Policy(around)
    starts, ends = [w.start_s for w in words], [w.end_s for w in words]
    cuts: list[PlannedCut] = []
    pauses: list[MeaningfulPause] = []
    for silence in silences:
        if silence.duration_s < MIN_SILENCE_S:
            continue
        stays = policy.kept(silence)
        begin_s, end_s = silence.start_s + stays.start_s, silence.end_s - stays.end_s
        if stays.reason:
            kept_s = round(min(silence.duration_s, stays.start_s + stays.end_s), 3)
            pauses.append(MeaningfulPause(silence.start_s, silence.end_s, kept_s, stays.reason))
        reason = f"nothing is said for {silence.duration_s:.1f} s"
        for word in [*words[bisect_right(ends, begin_s) : bisect_left(starts, end_s)], None]:
            until_s = min(word.start_s, end_s) if word else end_s
            if until_s - begin_s >= MIN_CUT_S:
                cuts.append(_whole(begin_s, until_s, reason))
            if word:
                begin_s = max(begin_s, word.end_s)
    return cuts, pauses


def joined(cuts: Sequence[PlannedCut], words: Sequence[TimeRange]) -> list[PlannedCut]:
    """In order and disjoint: cuts with no word and less than ``MIN_KEEP_S`` between them become one."""
    ends = [w.end_s for w in words]
    out: list[PlannedCut] = []
    for cut in sorted(cuts, key=lambda c: (c.start_s, c.end_s)):
        if out and cut.start_s - out[-1].end_s < MIN_KEEP_S:
            before = out[-1]
            i = bisect_right(ends, before.end_s)
            if cut.start_s <= before.end_s or i >= len(words) or words[i].start_s >= cut.start_s:
                telling = before if before.kind != "silence" or cut.kind == "silence" else cut
                reasons = dict.fromkeys([before.reason, cut.reason])
                out[-1] = PlannedCut(before.start_s, max(before.end_s, cut.end_s), telling.kind, "; ".join(reasons))
                continue
        out.append(cut)
    assert all(a.end_s <= b.start_s for a, b in pairwise(out))
    return out


class _Policy:
    """How much of a silence stays, and why."""

    def __init__(self, around: Surroundings) -> None:
        asked = (s for s in around.sentences if s.text.rstrip("\"'”’») ").endswith(("?", "？", "؟")))
        self._questions = sorted(s.end_s for s in asked)
        self._changes = sorted(c.time_s for c in around.slide_changes)
        said = (s.start_s for s in around.sentences if s.importance >= STATEMENT_FROM and _STATEMENTS & set(s.reasons))
        self._statements = sorted(said)
        self._boards = [TimeRange(s.start_s, s.end_s) for s in around.spans if s.layout == "board"]

    def kept(self, silence: TimeRange) -> _Kept:
        stays, reasons = _Kept(BREATH_S, BREATH_S, None), []
        if _any_between(self._questions, silence.start_s - _QUESTION_REACH_S, silence.start_s + _QUESTION_REACH_S):
            stays = replace(stays, start_s=THINKING_S)
            reasons.append("time to think after a question")
        if _any_between(self._changes, silence.end_s - _SLIDE_REACH_S, silence.end_s + _SLIDE_REACH_S):
            stays = replace(stays, end_s=SLIDE_S)
            reasons.append("the slide changes")
        elif _any_between(self._statements, silence.end_s - _STATEMENT_REACH_S, silence.end_s + _STATEMENT_REACH_S):
            stays = replace(stays, end_s=STATEMENT_S)
            reasons.append("a key statement follows")
        seen_s = sum(max(0.0, min(b.end_s, silence.end_s) - max(b.start_s, silence.start_s)) for b in self._boards)
        if seen_s >= _BOARD_SHARE * silence.duration_s:
            stays = replace(stays, start_s=max(stays.start_s, WRITING_S), end_s=max(stays.end_s, WRITING_S))
            reasons.append("somebody may be writing on the board")
        return replace(stays, reason=" and ".join(reasons) or None)


def _any_between(times: Sequence[float], low_s: float, high_s: float) -> bool:
    i = bisect_left(times, low_s)
    return i < len(times) and times[i] <= high_s


def _whole(start_s: float, end_s: float, reason: str) -> PlannedCut:
    """Whole milliseconds, never larger than the range itself."""
    begin_s = max(math.ceil(start_s * 1000) / 1000, start_s)
    return PlannedCut(begin_s, min(math.floor(end_s * 1000) / 1000, end_s), "silence", reason)
