"""Which silences a clip loses, and the ranges that it keeps."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise

from agents.types import Segment, Sentence, SlideChange, TimeRange

MIN_SILENCE_S = 0.7
BREATH_S = 0.25
MEANINGFUL_BREATH_S = 1.0
"""Time to think after a question, and to see that the slide is about to change."""
MIN_KEEP_S = 0.3
MIN_CUT_S = 0.2
WORD_MARGIN_S = 0.1
_QUESTION_REACH_S = 1.0
_SLIDE_REACH_S = 1.5


def protected(cues: Iterable[Segment]) -> list[TimeRange]:
    """Where words are, with a margin, merged and in order. A cue without word times is all words.

    The transcript's words win over the silence detector: a whispered word is not silence.
    """
    spoken = sorted(
        (start_s - WORD_MARGIN_S, end_s + WORD_MARGIN_S)
        for cue in cues
        for start_s, end_s in ([(w.start_s, w.end_s) for w in cue.words] or [(cue.start_s, cue.end_s)])
    )
    merged: list[TimeRange] = []
    for start_s, end_s in spoken:
        if merged and start_s <= merged[-1].end_s:
            merged[-1] = TimeRange(merged[-1].start_s, max(merged[-1].end_s, end_s))
        else:
            merged.append(TimeRange(start_s, end_s))
    return merged


def removable(
    silences: Sequence[TimeRange],
    words: Sequence[TimeRange],
    sentences: Sequence[Sentence] = (),
    slide_changes: Sequence[SlideChange] = (),
) -> list[TimeRange]:
    """The parts of the lecture that nobody would miss, in order and disjoint.

    ``words`` as from ``protected``. Silences shorter than ``MIN_SILENCE_S`` stay; each other leaves a breath at
    both ends, a longer one after a question or before a slide change.
    """
    questions = sorted(s.end_s for s in sentences if s.text.rstrip("\"'”’») ").endswith(("?", "？", "؟")))
    changes = sorted(c.time_s for c in slide_changes)
    starts, ends = [w.start_s for w in words], [w.end_s for w in words]
    found: list[TimeRange] = []
    for silence in silences:
        if silence.duration_s < MIN_SILENCE_S:
            continue
        asked = _any_between(questions, silence.start_s - _QUESTION_REACH_S, silence.start_s + _QUESTION_REACH_S)
        turning = _any_between(changes, silence.end_s - _SLIDE_REACH_S, silence.end_s + _SLIDE_REACH_S)
        begin_s = silence.start_s + (MEANINGFUL_BREATH_S if asked else BREATH_S)
        end_s = silence.end_s - (MEANINGFUL_BREATH_S if turning else BREATH_S)
        for word in words[bisect_right(ends, begin_s) : bisect_left(starts, end_s)]:
            if word.start_s - begin_s >= MIN_CUT_S:
                found.append(_whole(begin_s, word.start_s))
            begin_s = max(begin_s, word.end_s)
        if end_s - begin_s >= MIN_CUT_S:
            found.append(_whole(begin_s, end_s))
    return found


def kept(start_s: float, end_s: float, cuts: Sequence[TimeRange]) -> tuple[TimeRange, ...]:
    """``[start_s, end_s)`` without ``cuts`` (in order, disjoint): each range at least ``MIN_KEEP_S`` long.

    The first range starts at ``start_s`` and the last ends at ``end_s``. A cut that would leave a splinter is left out.
    """
    bounds = [start_s]
    first = bisect_right(cuts, start_s, key=lambda c: c.end_s)
    for cut in cuts[first : bisect_left(cuts, end_s, key=lambda c: c.start_s)]:
        begin_s, until_s = max(cut.start_s, bounds[-1] + MIN_KEEP_S), min(cut.end_s, end_s - MIN_KEEP_S)
        if until_s - begin_s >= MIN_CUT_S:
            bounds += [begin_s, until_s]
    bounds.append(end_s)
    return tuple(TimeRange(a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=True))


class CutTime:
    """How much of any range the cuts take, in logarithmic time."""

    def __init__(self, cuts: Sequence[TimeRange]) -> None:
        self._cuts = cuts
        self._starts = [c.start_s for c in cuts]
        self._total = [0.0]
        for cut in cuts:
            self._total.append(self._total[-1] + cut.duration_s)

    def before(self, time_s: float) -> float:
        """Seconds cut before ``time_s``."""
        i = bisect_right(self._starts, time_s)
        over_s = max(0.0, self._cuts[i - 1].end_s - time_s) if i else 0.0
        return self._total[i] - over_s

    def between(self, start_s: float, end_s: float) -> float:
        return self.before(end_s) - self.before(start_s)


def ordered(ranges: Iterable[TimeRange], duration_s: float) -> list[TimeRange]:
    """Sorted, merged, within the media: silence detectors and people send them in any order."""
    out: list[TimeRange] = []
    for item in sorted(ranges, key=lambda r: (r.start_s, r.end_s)):
        start_s, end_s = max(item.start_s, 0.0), min(item.end_s, duration_s)
        if out and start_s <= out[-1].end_s:
            out[-1] = TimeRange(out[-1].start_s, max(out[-1].end_s, end_s))
        elif end_s > start_s:
            out.append(TimeRange(start_s, end_s))
    assert all(a.end_s < b.start_s for a, b in pairwise(out))
    return out


def _any_between(times: Sequence[float], low_s: float, high_s: float) -> bool:
    i = bisect_left(times, low_s)
    return i < len(times) and times[i] <= high_s


def _whole(start_s: float, end_s: float) -> TimeRange:
    """Whole milliseconds, never larger than the range itself."""
    return TimeRange(max(math.ceil(start_s * 1000) / 1000, start_s), min(math.floor(end_s * 1000) / 1000, end_s))
